import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { parsePayload } from '../../../src/gitlab/webhooks/parse-payload.ts';
import { postgresqlMigrations, prismaDirectory } from '../../../src/store/migrations.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { migratePostgresql } from '../../../src/store/postgresql/migrate.ts';
import { noFilters, withSchemaEngine } from '../../../src/store/schema-engine.ts';
import { noServer } from '../../../scripts/migrations/no-server.ts';
import { hasPostgresql } from '../../support/find-postgresql.ts';
import type { TestDatabase } from '../../support/postgresql.ts';
import { createTestDatabase } from '../../support/postgresql.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

const all = globSync('*/', { cwd: postgresqlMigrations.directory }).length;

/** The migrations of this version, and one of the next. */
function nextVersion(sql: string): string {
  const { path: directory, remove } = makeTemporaryDirectory();
  onTestFinished(remove);
  cpSync(postgresqlMigrations.directory, directory, { recursive: true });
  mkdirSync(path.join(directory, '99990101000000_next'));
  writeFileSync(path.join(directory, '99990101000000_next/migration.sql'), sql);
  return directory;
}

describe.skipIf(!hasPostgresql)('migrations of PostgreSQL', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase();
    return () => database.drop();
  });

  const tables = async (): Promise<readonly unknown[]> =>
    (await database.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`)).map(
      ({ tablename }) => tablename,
    );
  const open = async () => {
    const store = await openStore({ url: database.url, encryptionKeys: [Buffer.alloc(32)], parsePayload });
    let isOpen = true;
    const close = async (): Promise<void> => {
      if (isOpen) await store.close();
      isOpen = false;
    };
    onTestFinished(close);
    return { ...store, close };
  };

  test('make a database once', async () => {
    expect(await migratePostgresql(database.url)).toHaveLength(all);
    expect(await tables()).toEqual(expect.arrayContaining(['Trigger', 'Process', 'Claim']));
    expect(await migratePostgresql(database.url)).toEqual([]);
  });

  test('lead to the schema that Prisma’s client is made of', async () => {
    await migratePostgresql(database.url);
    const content = readFileSync(path.join(prismaDirectory, 'postgresql/schema.prisma'), 'utf8');
    const { stdout } = await withSchemaEngine(noServer, (engine) =>
      engine.diff({
        from: { tag: 'empty' },
        to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content }] },
        script: true,
        exitCode: true,
        filters: noFilters,
      }),
    );
    const made = await createTestDatabase();
    onTestFinished(made.drop);
    await made.query(stdout ?? '');
    const shapeOf = ({ query }: TestDatabase) =>
      Promise.all([
        query(`SELECT table_name, column_name, data_type, is_nullable, column_default
          FROM information_schema.columns
          WHERE table_schema = 'public' AND table_name <> '_prisma_migrations' ORDER BY 1, 2`),
        query(`SELECT indexdef FROM pg_indexes
          WHERE schemaname = 'public' AND tablename <> '_prisma_migrations' ORDER BY 1`),
        query(`SELECT conname, confdeltype FROM pg_constraint WHERE contype = 'f' ORDER BY 1`),
      ]);
    const [columns] = await shapeOf(made);
    expect(columns.length).toBeGreaterThan(50);
    expect(await shapeOf(database)).toEqual(await shapeOf(made));
  });

  test('are made by one of many processes that start at the same time', async () => {
    const applied = await Promise.all(Array.from({ length: 8 }, () => migratePostgresql(database.url)));
    expect(applied.map(({ length }) => length).toSorted()).toEqual([...Array<number>(7).fill(0), all]);
  });

  test('that fail leave nothing behind', async () => {
    const directory = nextVersion('CREATE TABLE half (id INT); SELECT 1 / 0;');
    await expect(migratePostgresql(database.url, directory)).rejects.toThrow(/99990101000000_next/);
    expect(await tables()).toEqual([]);
  });

  test('are refused beside a running process in one line, with nothing changed; and made once it has ended', async () => {
    const { close } = await open();
    const directory = nextVersion('ALTER TABLE "Trigger" ADD COLUMN "note" TEXT;');
    await expect(migratePostgresql(database.url, directory)).rejects.toThrow(
      /^another process works on the database, .* a change of it first \(99990101000000_next\): .*scale to 0.*nothing was changed$/,
    );
    expect(
      await database.query(`SELECT 1 FROM information_schema.columns WHERE column_name = 'note'`),
    ).toEqual([]);
    await close();
    expect(await migratePostgresql(database.url, directory)).toEqual(['99990101000000_next']);
    await expect(migratePostgresql(database.url)).rejects.toThrow(
      /newer than this version.*99990101000000_next/,
    );
    await expect(open()).rejects.toThrow(/newer than this version/);
  });

  test('that are all marked as additive are made beside a running process, which goes on', async () => {
    const { check } = await open();
    const directory = nextVersion('-- additive\nALTER TABLE "Trigger" ADD COLUMN "note" TEXT;');
    expect(await migratePostgresql(database.url, directory)).toEqual(['99990101000000_next']);
    await check();
  });
});
