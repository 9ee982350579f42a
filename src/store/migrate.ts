import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../platform/package-root.ts';
import { isBusy } from './database.ts';
import type { Query } from './query-database.ts';
import { queryDatabase } from './query-database.ts';
import { noFilters, withSchemaEngine } from './schema-engine.ts';

/** Where the package keeps its schema and migrations. */
export const prismaDirectory = fileURLToPath(new URL('prisma/', packageRoot));

const migrationsDirectory = path.join(prismaDirectory, 'migrations');

/** The names of the migrations in a folder, oldest first: their names begin with the time that they were made. */
async function knownMigrations(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** The migrations of a folder, as the engine takes them. */
async function readMigrations(baseDir: string) {
  const migrationDirectories = await Promise.all(
    (await knownMigrations(baseDir)).map(async (name) => {
      const value = await readFile(path.join(baseDir, name, 'migration.sql'), 'utf8');
      return { path: name, migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value } } };
    }),
  );
  const lockfile = {
    path: 'migration_lock.toml',
    content: await readFile(path.join(baseDir, 'migration_lock.toml'), 'utf8'),
  };
  return { baseDir, lockfile, shadowDbInitScript: '', migrationDirectories };
}

/** The names of the migrations that a database has had; none where it is new. */
async function readApplied(query: Query): Promise<ReadonlySet<string>> {
  const isNew = (await query(`SELECT 1 FROM sqlite_master WHERE name = '_prisma_migrations'`)).length === 0;
  const applied = 'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL';
  return new Set(isNew ? [] : (await query(applied)).map(({ migration_name: name }) => name as string));
}

interface Compared {
  /** Whether it has had none at all. */
  readonly isNew: boolean;
  /** Those that the database has not had yet. */
  readonly due: readonly string[];
  /** One that only a newer version knows; null for none. */
  readonly newer: string | null;
  /** One that only a build before the first release knew; null for none. */
  readonly older: string | null;
}

/** Compares the migrations that a database has had with those of this version. */
export async function compareMigrations(query: Query, directory = migrationsDirectory): Promise<Compared> {
  const applied = await readApplied(query);
  const known = await knownMigrations(directory);
  const unknown = [...applied].filter((name) => !known.includes(name));
  const [first = ''] = known;
  return {
    isNew: applied.size === 0,
    due: known.filter((name) => !applied.has(name)),
    newer: unknown.find((name) => name > first) ?? null,
    older: unknown.find((name) => name < first) ?? null,
  };
}

/**
 * Brings a database to the newest schema, as `prisma migrate deploy` does, but without a download, and wholly or not
 * at all: a service that is killed meanwhile must be able to start again. A process of an older version that is at work
 * on the database could neither read nor write it afterwards, so nothing is changed beside one.
 * @param url `file:…`
 * @param directory where the migrations are; those of this version unless given
 * @returns the names of the migrations that were applied
 * @throws Error when another version has made the database: this one would misread it; when there is something to change
 * while another process has the database open
 */
export async function migrate(url: string, directory = migrationsDirectory): Promise<readonly string[]> {
  const { isNew, due, newer, older } = await queryDatabase({ url }, (query) =>
    compareMigrations(query, directory),
  );
  if (newer !== null)
    throw new Error(
      `the database is newer than this version, which does not know its change ${newer}; ` +
        'start the newer version again, or put back the copy from before the upgrade',
    );
  if (older !== null)
    throw new Error(
      `the database was made by a build from before the first release (change ${older}), which is not migrated; ` +
        'nothing was changed: start with a new file',
    );
  if (due.length === 0) return [];
  if (!isNew) await refuseBesideOthers(url, due);
  const migrationsList = await readMigrations(directory);
  return withSchemaEngine(
    url,
    async (engine) => {
      const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: noFilters });
      return appliedMigrationNames;
    },
    { isAtomic: true },
  );
}

/**
 * Leaves write-ahead logging, which SQLite allows to the only connection of a database; the service sets it again.
 * Also a process that is stopped, or that only stands by, keeps its connection.
 * Source: https://www.sqlite.org/wal.html, section 2.4
 */
async function refuseBesideOthers(url: string, due: readonly string[]): Promise<void> {
  const isAlone = await queryDatabase({ url, busyTimeoutMs: 1_000 }, async (query) => {
    const [row] = await query('PRAGMA journal_mode = DELETE');
    return row?.['journal_mode'] === 'delete';
  }).catch((error: unknown) => {
    if (isBusy(error)) return false;
    throw error;
  });
  if (isAlone) return;
  const changes = due.length === 1 ? 'a change of' : `${due.length} changes of`;
  throw new Error(
    `another process works on the database, and this version has to make ${changes} it first (${due.join(', ')}): ` +
      'stop that process, then start this one; nothing was changed',
  );
}
