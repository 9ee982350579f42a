import { expect, onTestFinished, test } from 'vitest';
import { createInboxThread } from '../../src/store/inbox-thread.ts';
import { queryDatabase } from '../../src/store/query-database.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const pragmas = ['journal_mode = WAL', 'synchronous = FULL'];

async function begin(given: { pragmas?: readonly string[] } = {}) {
  const directory = makeTemporaryDirectory();
  onTestFinished(directory.remove);
  const file = `${directory.path}/test.db`;
  const sql = (text: string) => queryDatabase({ url: `file:${file}` }, (query) => query(text));
  await sql('CREATE TABLE "Row" ("id" TEXT NOT NULL PRIMARY KEY)');
  const insert = 'INSERT INTO "Row" VALUES (?) ON CONFLICT ("id") DO NOTHING';
  const thread = createInboxThread({ file, busyTimeoutMs: 20, pragmas, insert, ...given });
  onTestFinished(thread.close);
  const ids = async () => (await sql('SELECT "id" FROM "Row" ORDER BY rowid')).map(({ id }) => id);
  return { file, thread, ids };
}

test('rows that are there are left out, and it is said where the last new one lies', async () => {
  const { thread, ids } = await begin();
  expect(await thread.insert([['a'], ['b'], ['a']])).toEqual({ isNew: [true, true, false], lastRow: 2 });
  expect(await thread.insert([['a'], ['c'], ['b']])).toEqual({ isNew: [false, true, false], lastRow: 3 });
  expect(await thread.insert([['a']])).toEqual({ isNew: [false], lastRow: 0 });
  expect(await ids()).toEqual(['a', 'b', 'c']);
});

test('a group with one row that cannot be written leaves nothing, and the next one is written', async () => {
  const { thread, ids } = await begin();
  const error = thread.insert([['a'], [null], ['b']]);
  await expect(error).rejects.toMatchObject({ code: 'SQLITE_CONSTRAINT_NOTNULL' });
  expect((await thread.insert([['c']])).isNew).toEqual([true]);
  expect(await ids()).toEqual(['c']);
});

test('nothing is written where a commit would not survive a power cut', async () => {
  const { thread, ids } = await begin({ pragmas: ['journal_mode = WAL', 'synchronous = NORMAL'] });
  await expect(thread.insert([['a']])).rejects.toThrow('full syncing');
  expect(await ids()).toEqual([]);
});

test('a thread that ends by itself refuses its group, and the next group has another thread', async () => {
  const { file } = await begin();
  const endsAtTwo = `import { parentPort } from 'node:worker_threads';
    parentPort.on('message', (rows) => {
      if (rows === 'close' || rows.length === 2) process.exit();
      parentPort.postMessage({ isNew: [true], lastRow: 1 });
    });`;
  const script = new URL(`data:text/javascript,${encodeURIComponent(endsAtTwo)}`);
  const thread = createInboxThread({ file, busyTimeoutMs: 20, pragmas, insert: '' }, script);
  onTestFinished(thread.close);
  expect((await thread.insert([['a']])).lastRow).toBe(1);
  await expect(thread.insert([['a'], ['b']])).rejects.toThrow('has ended');
  expect((await thread.insert([['a']])).lastRow).toBe(1);
});

test('one that never had a group closes', async () => {
  const { thread } = await begin();
  await expect(thread.close()).resolves.toBeUndefined();
});
