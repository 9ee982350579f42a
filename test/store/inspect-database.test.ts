import { copyFileSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { ApiKey } from '../../src/app/access/api-keys.ts';
import { parsePayload } from '../../src/gitlab/webhooks/parse-payload.ts';
import { inspectDatabase } from '../../src/store/inspect-database.ts';
import { prismaDirectory } from '../../src/store/migrations.ts';
import { openStore } from '../../src/store/open-store.ts';
import { node, run } from '../support/run-command.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const directory = makeTemporaryDirectory();
afterAll(directory.remove);
const inDirectory = (name: string): string => path.join(directory.path, name);
const open = (file: string) => openStore({ url: `file:${file}`, encryptionKeys: null, parsePayload });

const key: ApiKey = {
  ...{ id: 'key_1', name: 'ci', role: 'read', projects: ['group/*'], createdAt: 1_000, expiresAt: 5_000 },
  ...{ lastUsedAt: null, revokedAt: null },
};

/** A database with a key in it, closed. */
async function aDatabase(name: string): Promise<string> {
  const file = inDirectory(name);
  const store = await open(file);
  await store.keys.add(key, 'digest');
  await store.close();
  return file;
}

/** Works on a database as another process would: it is this one's files that are compared. */
const sql = async (file: string, text: string): Promise<void> => {
  const script = `const db = new (require('better-sqlite3'))(process.argv[1]); db.exec(process.argv[2]); db.close();`;
  expect(await run(node, ['-e', script, file, text])).toMatchObject({ code: 0, stderr: '' });
};

/** Every file beside a database, with what it holds. */
const filesOf = (file: string) =>
  readdirSync(directory.path)
    .filter((name) => name.startsWith(path.basename(file)))
    .map((name) => [name, readFileSync(inDirectory(name), 'base64')]);

/** The migrations of this version after the initial one. */
const added = globSync('migrations/*/', { cwd: prismaDirectory })
  .map((name) => path.basename(name))
  .filter((name) => !name.endsWith('initial'))
  .sort();

const sound = { kind: 'seen', integrity: 'ok', due: [], newer: null, older: null, keys: [key] };

test('of none it is said so, and none is made', async () => {
  expect(await inspectDatabase(inDirectory('none.db'))).toEqual({ kind: 'missing' });
  expect(readdirSync(directory.path)).toEqual([]);
});

test('one that nobody has open is seen whole, and nothing changes beside it', async () => {
  const file = await aDatabase('closed.db');
  const before = filesOf(file);
  expect(await inspectDatabase(file)).toEqual(sound);
  expect(filesOf(file)).toEqual(before);
});

test('no copy of a database is left behind, neither of a sound one nor of one that cannot be read', async () => {
  const file = await aDatabase('copied.db');
  const text = inDirectory('copied.txt');
  writeFileSync(text, 'no database at all, but text that is long enough to have a header'.repeat(9));
  const place = inDirectory('place-for-copies');
  mkdirSync(place);
  vi.stubEnv('TMPDIR', place);
  try {
    for (const each of [file, text]) await inspectDatabase(each);
  } finally {
    vi.unstubAllEnvs();
  }
  expect(readdirSync(place)).toEqual([]);
  rmSync(place, { recursive: true });
});

test('one that a service works on is seen with what was just written', async () => {
  const file = await aDatabase('open.db');
  const store = await open(file);
  await store.keys.noteUse(key.id, 2_000);
  expect(await inspectDatabase(file)).toEqual({ ...sound, keys: [{ ...key, lastUsedAt: 2_000 }] });
  // It goes on writing.
  await store.keys.revoke(key.id, 3_000);
  await store.close();
});

test('one that was not closed is seen with the end of its log', async () => {
  const file = await aDatabase('crashed.db');
  const store = await open(file);
  await store.keys.noteUse(key.id, 2_000);
  const copy = inDirectory('left.db');
  for (const end of ['', '-wal']) copyFileSync(`${file}${end}`, `${copy}${end}`);
  const before = filesOf(copy);
  expect(await inspectDatabase(copy)).toEqual({ ...sound, keys: [{ ...key, lastUsedAt: 2_000 }] });
  expect(filesOf(copy)).toEqual(before);
  await store.close();
});

describe('changes of its tables', () => {
  test('that are due are named, and not made', async () => {
    const file = await aDatabase('old.db');
    await sql(file, `DELETE FROM _prisma_migrations WHERE migration_name NOT LIKE '%initial'`);
    const before = filesOf(file);
    expect(await inspectDatabase(file)).toEqual({ ...sound, due: added });
    expect(filesOf(file)).toEqual(before);
  });

  test('that only a newer version knows are named', async () => {
    const file = await aDatabase('newer.db');
    await sql(
      file,
      `UPDATE _prisma_migrations SET migration_name = '9_later' WHERE migration_name LIKE '%initial'`,
    );
    expect(await inspectDatabase(file)).toMatchObject({ kind: 'seen', newer: '9_later' });
  });

  test('are all due for an empty file, which has no keys', async () => {
    const file = inDirectory('empty.db');
    writeFileSync(file, '');
    const sight = await inspectDatabase(file);
    expect(sight).toMatchObject({ kind: 'seen', integrity: 'ok', older: null, keys: [] });
    expect(sight.kind === 'seen' && sight.due).toEqual(['20261130000000_initial', ...added]);
  });
});

test('a file that is no database is said to be none', async () => {
  const file = inDirectory('text.db');
  writeFileSync(file, 'no database at all, but text that is long enough to have a header'.repeat(9));
  expect(await inspectDatabase(file)).toMatchObject({
    kind: 'unreadable',
    why: expect.stringContaining('not a database') as string,
  });
});

test('damage is found', async () => {
  const file = await aDatabase('damaged.db');
  const bytes = readFileSync(file);
  // The roots of tables and indexes, but for the first page, which has the schema.
  for (let page = 4096; page < bytes.length; page += 4096) bytes.fill(0xff, page + 8, page + 60);
  writeFileSync(file, bytes);
  const sight = await inspectDatabase(file);
  expect(sight.kind === 'seen' ? sight.integrity : sight.kind).not.toBe('ok');
});
