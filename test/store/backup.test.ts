import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { backUp } from '../../src/store/backup.ts';
import { queryDatabase } from '../../src/store/query-database.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

/** A database with enough rows to have many pages. */
async function begin() {
  const directory = makeTemporaryDirectory();
  onTestFinished(directory.remove);
  const [from, to] = ['test.db', "copy of 'it'.db"].map((name) => path.join(directory.path, name)) as [
    string,
    string,
  ];
  await queryDatabase({ url: `file:${from}` }, async (query) => {
    await query('CREATE TABLE "One" ("a")');
    await query(
      `INSERT INTO "One" WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT hex(randomblob(50)) FROM n`,
    );
  });
  return {
    from,
    to,
    countIn: (file: string) =>
      queryDatabase({ url: `file:${file}`, readonly: true }, (query) =>
        query('SELECT count(*) AS "count" FROM "One"'),
      ),
    names: () => readdirSync(directory.path).toSorted(),
  };
}

const rows = [{ count: 2000 }];

test('a backup is a whole copy that only its owner may read, of the size that is returned', async () => {
  const { from, to, countIn, names } = await begin();
  const size = await backUp({ from, to, force: false });
  expect(await countIn(to)).toEqual(rows);
  expect(size).toBe(statSync(to).size);
  expect(statSync(to).mode & 0o777).toBe(0o600);
  expect(names()).toEqual([path.basename(to), 'test.db']);
});

test('without a database there is no backup, and nothing is left', async () => {
  const { from, to, names } = await begin();
  await expect(backUp({ from: `${from}.none`, to, force: true })).rejects.toMatchObject({
    code: 'not_found',
    message: `there is no database at ${from}.none`,
  });
  expect(names()).toEqual(['test.db']);
});

describe('a file that is there already', () => {
  test('stays as it is', async () => {
    const { from, to, names } = await begin();
    writeFileSync(to, 'mine');
    await expect(backUp({ from, to, force: false })).rejects.toMatchObject({
      code: 'invalid',
      message: `${to} is there already: name another file, or replace it with --force`,
    });
    expect(readFileSync(to, 'utf8')).toBe('mine');
    expect(names()).toHaveLength(2);
  });

  test('is replaced by force', async () => {
    const { from, to, countIn, names } = await begin();
    writeFileSync(to, 'mine');
    await backUp({ from, to, force: true });
    expect(await countIn(to)).toEqual(rows);
    expect(names()).toHaveLength(2);
  });

  test('stays also when it came while the copy was made', async () => {
    const { from, to, names } = await begin();
    const copying = backUp({ from, to, force: false });
    while (names().length < 2) await new Promise((resolve) => setImmediate(resolve));
    writeFileSync(to, 'mine');
    await expect(copying).rejects.toMatchObject({ code: 'invalid' });
    expect(readFileSync(to, 'utf8')).toBe('mine');
    expect(names()).toHaveLength(2);
  });
});

test('a place that cannot be written is named, with the reason', async () => {
  const { from, to } = await begin();
  const place = path.join(to, 'in', 'it');
  await expect(backUp({ from, to: place, force: false })).rejects.toMatchObject({
    code: 'storage_unavailable',
    message: `${place} cannot be written: ENOENT`,
  });
});

test('of a damaged database no copy is left', async () => {
  const { from, to, names } = await begin();
  truncateSync(from, statSync(from).size / 2);
  await expect(backUp({ from, to, force: false })).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(names()).toEqual(['test.db']);
});
