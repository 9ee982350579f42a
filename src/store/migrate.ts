import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../platform/package-root.ts';
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
    due: known.filter((name) => !applied.has(name)),
    newer: unknown.find((name) => name > first) ?? null,
    older: unknown.find((name) => name < first) ?? null,
  };
}

/**
 * Brings a database to the newest schema, as `prisma migrate deploy` does, but without a download, and wholly or not
 * at all: a service that is killed meanwhile must be able to start again.
 * @param url `file:…`
 * @param directory where the migrations are; those of this version unless given
 * @returns the names of the migrations that were applied
 * @throws Error when another version has made the database: this one would misread it
 */
export async function migrate(url: string, directory = migrationsDirectory): Promise<readonly string[]> {
  const { due, newer, older } = await queryDatabase({ url }, (query) => compareMigrations(query, directory));
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
  // The engine wants the database for itself, which it does not get while another service works with it.
  if (due.length === 0) return [];
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
