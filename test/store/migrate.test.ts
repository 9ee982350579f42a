import { cpSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { begin, migrate } from '../../src/store/migrate.ts';
import { prismaDirectory } from '../../src/store/migrations.ts';
import { noFilters, withSchemaEngine } from '../../src/store/schema-engine.ts';
import { node, run } from '../support/run-command.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { useDatabase } from '../support/use-database.ts';

function newDatabase(): string {
  const directory = makeTemporaryDirectory();
  onTestFinished(directory.remove);
  return path.join(directory.path, 'test.db');
}

function tablesOf(file: string): readonly unknown[] {
  const database = new DatabaseSync(file);
  const rows = database.prepare(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`).all();
  database.close();
  return rows.map(({ name }) => name);
}

const all = globSync('migrations/*/', { cwd: prismaDirectory }).length;

test('makes a database once', async () => {
  const file = newDatabase();
  expect(await migrate(`file:${file}`)).toHaveLength(all);
  expect(tablesOf(file)).toContain('Trigger');
  expect(await migrate(`file:${file}`)).toEqual([]);
});

test('leaves a database alone that a newer version has changed', async () => {
  const file = newDatabase();
  await migrate(`file:${file}`);
  const database = new DatabaseSync(file);
  database.exec(`INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, started_at)
    VALUES ('1', '', '99990101000000_of_tomorrow', 1, 1)`);
  database.close();
  await expect(migrate(`file:${file}`)).rejects.toThrow(
    /newer than this version.*99990101000000_of_tomorrow/,
  );
});

test('applies what a newer version adds, and keeps the rows', async () => {
  const file = newDatabase();
  await migrate(`file:${file}`);
  const database = new DatabaseSync(file);
  database.exec(
    `INSERT INTO Trigger (id, version, caller, project, ref, pending, open, createdAt, observedAt, deadlineAt, body)
     VALUES ('trg_1', 1, 'ops', 'group/app', 'main', 1, 1, 1, 1, 1, '{}')`,
  );
  database.close();
  const { path: directory, remove } = makeTemporaryDirectory();
  onTestFinished(remove);
  cpSync(path.join(prismaDirectory, 'migrations'), directory, { recursive: true });
  mkdirSync(path.join(directory, '99990101000000_next'));
  writeFileSync(
    path.join(directory, '99990101000000_next/migration.sql'),
    `ALTER TABLE Trigger ADD COLUMN note TEXT DEFAULT 'new';`,
  );
  expect(await migrate(`file:${file}`, directory)).toEqual(['99990101000000_next']);
  const migrated = new DatabaseSync(file);
  expect(migrated.prepare('SELECT id, note FROM Trigger').all()).toEqual([{ id: 'trg_1', note: 'new' }]);
  migrated.close();
  await expect(migrate(`file:${file}`)).rejects.toThrow(/newer than this version.*99990101000000_next/);
});

test('refuses a database of a build from before the first release, and changes nothing', async () => {
  const file = newDatabase();
  const database = new DatabaseSync(file);
  database.exec(`CREATE TABLE _prisma_migrations (migration_name TEXT, finished_at INTEGER);
    INSERT INTO _prisma_migrations VALUES ('20261122202055_first', 1)`);
  database.close();
  await expect(migrate(`file:${file}`)).rejects.toThrow(
    /made by a build from before the first release \(change 20261122202055_first\).*nothing was changed/,
  );
  expect(tablesOf(file)).toEqual(['_prisma_migrations']);
});

/** Making the engine's own table; for each migration its row, its tables and two notes in the row; the commit. */
const lastChange = 1 + 4 * all + 1;
const others = Array.from({ length: lastChange - 1 }, (_, index) => index + 1);

test.each(others)(`killed after change %i of ${lastChange}, it has changed nothing`, async (changes) => {
  const file = newDatabase();
  const { code } = await run(node, ['test/support/die-migrating.ts', `file:${file}`, String(changes)]);
  expect(code).toBeNull();
  expect(tablesOf(file)).toEqual([]);
  expect(await migrate(`file:${file}`)).toHaveLength(all);
});

test('killed after the last change, it is done', async () => {
  const file = newDatabase();
  const { code } = await run(node, ['test/support/die-migrating.ts', `file:${file}`, String(lastChange)]);
  expect(code).toBeNull();
  expect(await migrate(`file:${file}`)).toEqual([]);
});

/** A database that lacks the last migration of this version, as far as it knows. */
async function olderDatabase(): Promise<string> {
  const file = newDatabase();
  await migrate(`file:${file}`);
  const database = new DatabaseSync(file);
  database.exec(
    'DELETE FROM _prisma_migrations WHERE migration_name = (SELECT MAX(migration_name) FROM _prisma_migrations)',
  );
  database.close();
  return file;
}

/** All that SQLite keeps of a database. */
const bytesOf = (file: string): readonly string[] =>
  ['', '-wal'].map((end) => (existsSync(file + end) ? readFileSync(file + end, 'base64') : ''));

test('a database that is to be changed is left alone while another process has it open', async () => {
  const file = await olderDatabase();
  const letGo = await useDatabase(file);
  const before = bytesOf(file);
  const since = performance.now();
  await expect(migrate(`file:${file}`)).rejects.toThrow(
    /another process works on the database.*stop that process, then start this one; nothing was changed/,
  );
  expect(bytesOf(file)).toEqual(before);
  expect(performance.now() - since).toBeLessThan(30_000);
  await letGo();
});

test('… also while that process is stopped', async () => {
  const file = await olderDatabase();
  await useDatabase(file, { isStopped: true });
  await expect(migrate(`file:${file}`)).rejects.toThrow(/another process works on the database/);
});

test('a process that has nothing to change starts beside another one', async () => {
  const file = newDatabase();
  await migrate(`file:${file}`);
  await useDatabase(file);
  expect(await migrate(`file:${file}`)).toEqual([]);
});

/** SQLite cannot alter most of a table: Prisma's migrations copy it, drop the old one and rename the new one. */
const migrations = [
  `CREATE TABLE parent (id INTEGER PRIMARY KEY);
   CREATE TABLE child (parent INTEGER REFERENCES parent (id) ON DELETE CASCADE);
   INSERT INTO parent VALUES (1);
   INSERT INTO child VALUES (1);`,
  `CREATE TABLE new_parent (id INTEGER PRIMARY KEY, name TEXT);
   INSERT INTO new_parent (id) SELECT id FROM parent;
   DROP TABLE parent;
   ALTER TABLE new_parent RENAME TO parent;`,
];

test('a table that is made anew keeps what refers to it', async () => {
  const file = newDatabase();
  const migrationsList = {
    baseDir: '/',
    lockfile: { path: 'migration_lock.toml', content: 'provider = "sqlite"' },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map((value, index) => ({
      path: `${index}_step`,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value } },
    })),
  };
  await withSchemaEngine(
    new PrismaBetterSqlite3({ url: `file:${file}` }),
    (engine) => engine.applyMigrations({ migrationsList, filters: noFilters }),
    { begin },
  );
  const database = new DatabaseSync(file);
  expect(database.prepare('SELECT * FROM child').all()).toEqual([{ parent: 1 }]);
  database.close();
});
