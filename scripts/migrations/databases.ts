import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { migrate } from '../../src/store/migrate.ts';
import { postgresqlMigrations, prismaDirectory, sqliteMigrations } from '../../src/store/migrations.ts';
import { noFilters, withSchemaEngine } from '../../src/store/schema-engine.ts';
import { noServer } from './no-server.ts';
import { postgresqlSchema } from './postgresql-schema.ts';

/** A kind of database, with the migrations for it. */
interface MigratedDatabase {
  readonly folder: string;
  /** The SQL that leads from what the migrations make to the schema; null when they agree. */
  readonly drift: () => Promise<string | null>;
  /** Is called when that SQL, if any, has been stored as a migration. */
  readonly settle: () => Promise<void>;
}

const file = path.join(prismaDirectory, 'schema.prisma');
const schema = { path: 'schema.prisma', content: await readFile(file, 'utf8') };

/** The same for PostgreSQL, and what its migrations lead to: so no server is needed to compare the two. */
const reachedFile = path.join(prismaDirectory, 'postgresql/schema.prisma');
const wanted = { path: 'schema.prisma', content: postgresqlSchema(schema.content) };

async function driftOfSqlite(): Promise<string | null> {
  const directory = await mkdtemp(path.join(tmpdir(), 'pipeline-trigger-schema-'));
  const url = `file:${path.join(directory, 'migrated.db')}`;
  try {
    await migrate(url);
    const diff = await withSchemaEngine(
      new PrismaBetterSqlite3({ url }),
      (engine) =>
        engine.diff({
          from: { tag: 'schemaDatasource', files: [schema], configDir: prismaDirectory },
          to: { tag: 'schemaDatamodel', files: [schema] },
          script: true,
          exitCode: true,
          filters: noFilters,
        }),
      { schema },
    );
    return diff.exitCode === 0 ? null : (diff.stdout ?? '');
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function driftOfPostgresql(): Promise<string | null> {
  const content = await readFile(reachedFile, 'utf8').catch(() => null);
  if (content === wanted.content) return null;
  const diff = await withSchemaEngine(noServer, (engine) =>
    engine.diff({
      from:
        content === null
          ? { tag: 'empty' }
          : { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content }] },
      to: { tag: 'schemaDatamodel', files: [wanted] },
      script: true,
      exitCode: true,
      filters: noFilters,
    }),
  );
  return diff.exitCode === 0 ? null : (diff.stdout ?? '').replace(createsSchema, '');
}

/** The schema is there, and to make one takes a right that the service has not. */
const createsSchema = /^-- CreateSchema\nCREATE SCHEMA .*;\n\n/;

export const databases: readonly MigratedDatabase[] = [
  { folder: sqliteMigrations.directory, drift: driftOfSqlite, settle: () => Promise.resolve() },
  {
    folder: postgresqlMigrations.directory,
    drift: driftOfPostgresql,
    settle: () => writeFile(reachedFile, wanted.content),
  },
];
