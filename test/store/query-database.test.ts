import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { queryDatabase } from '../../src/store/query-database.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

function makeFile(): string {
  const directory = makeTemporaryDirectory();
  onTestFinished(directory.remove);
  return path.join(directory.path, 'test.db');
}

/** How many descriptors of this process are of the file. */
const openOf = (file: string): number =>
  readdirSync('/proc/self/fd').filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`) === file;
    } catch {
      return false;
    }
  }).length;

test('answers by the names of the columns, and closes the file', async () => {
  const file = makeFile();
  const rows = await queryDatabase({ url: `file:${file}` }, async (query) => {
    await query('CREATE TABLE "One" ("a", "b")');
    await query(`INSERT INTO "One" VALUES (1, 'x'), (2, NULL)`);
    const found = await query('SELECT "b", "a" FROM "One"');
    expect(openOf(file)).toBeGreaterThan(0);
    return found;
  });
  expect(rows).toEqual([
    { a: 1, b: 'x' },
    { a: 2, b: null },
  ]);
  expect(openOf(file)).toBe(0);
});

test('closes the file when the question fails', async () => {
  const file = makeFile();
  await expect(queryDatabase({ url: `file:${file}` }, (query) => query('nonsense'))).rejects.toThrow();
  expect(openOf(file)).toBe(0);
});

test('to read only, a file has to be there, and nothing is written', async () => {
  const file = makeFile();
  const read = { url: `file:${file}`, readonly: true };
  await expect(queryDatabase(read, (query) => query('SELECT 1'))).rejects.toThrow();
  writeFileSync(file, '');
  await expect(queryDatabase(read, (query) => query('CREATE TABLE "One" ("a")'))).rejects.toThrow();
});
