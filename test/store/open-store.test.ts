import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { parsePayload } from '../../src/gitlab/webhooks/parse-payload.ts';
import type { Store } from '../../src/store/open-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { aDelivery } from '../contracts/store-contract.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

function begin(encryptionKeys: [Buffer] | null = null) {
  const directory = makeTemporaryDirectory();
  onTestFinished(directory.remove);
  const file = `${directory.path}/test.db`;
  const lines: string[] = [];
  const log = (_fields: object, message: string): void => void lines.push(message);
  const open = async (): Promise<Store> => {
    const store = await openStore({
      ...{ url: `file:${file}`, encryptionKeys, parsePayload },
      log: { warn: log, error: log },
    });
    onTestFinished(() => store.close());
    return store;
  };
  /** Opens it as often as a service would, and closes it. */
  const useOnce = async (): Promise<void> => {
    const store = await open();
    if (store.sharing?.kind === 'lock') await store.sharing.lock.take();
    await store.close();
  };
  return { file, lines, open, useOnce };
}

test('a first start says nothing, nor does the next one', async () => {
  const { lines, useOnce } = begin();
  await useOnce();
  await useOnce();
  expect(lines).toEqual([]);
});

test.each<[string, (file: string) => void, [Buffer] | null]>([
  ['emptied', (file) => truncateSync(file, 0), null],
  ['gone', (file) => rmSync(file), null],
  ['emptied, its key elsewhere', (file) => truncateSync(file, 0), [Buffer.alloc(32)]],
])('a database that is %s, with what was made beside it, is one warning line', async (_what, harm, keys) => {
  const { file, lines, open, useOnce } = begin(keys);
  await useOnce();
  harm(file);
  await open();
  expect(lines).toEqual([expect.stringContaining(`${file} is empty although ${file}.`)]);
});

test('a file that is not a database stops the start with its path and what to do', async () => {
  const { file, open } = begin();
  writeFileSync(file, 'no database at all, but text that is long enough to have a header'.repeat(9));
  const error = await open().catch((thrown: unknown) => thrown as Error);
  expect(error).toMatchObject({
    message: expect.stringMatching(
      /test\.db is not an SQLite database: set DATABASE_URL to the right file, or put a backup in its place/,
    ) as string,
  });
});

/** Overwrites all pages but the first one, which has the schema. */
function damage(file: string): void {
  const bytes = readFileSync(file);
  for (let page = 4096; page < bytes.length; page += 4096) bytes.fill(0xff, page, page + 2048);
  writeFileSync(file, bytes);
}

test('a damaged image stops the start with its path and what to do', async () => {
  const { file, open, useOnce } = begin();
  await useOnce();
  damage(file);
  await expect(open()).rejects.toThrow(/test\.db is damaged .*put a backup in its place, or recover/);
});

test('a damage that is met later is 503 for callers, and one line with path and remedy', async () => {
  const { file, lines, open } = begin();
  const store = await open();
  for (let index = 0; index < 200; index += 1) await store.inbox.add(aDelivery(`dlv_${index}`));
  await store.close();
  const again = await open();
  // Behind what the start reads.
  const bytes = readFileSync(file);
  bytes.fill(0xff, Math.floor(bytes.length / 8192) * 4096);
  writeFileSync(file, bytes);
  const list = () => again.inbox.list({ limit: 200, cursor: null, unmatched: false });
  for (let time = 0; time < 2; time += 1)
    await expect(list()).rejects.toMatchObject({
      code: 'storage_unavailable',
      message: 'the database is damaged (database disk image is malformed)',
    });
  expect(lines).toEqual([expect.stringContaining(`${file} is damaged`)]);
});
