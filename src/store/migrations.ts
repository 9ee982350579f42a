import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../platform/package-root.ts';
import type { Query } from './query-database.ts';

/** Where the package keeps its schemas and migrations. */
export const prismaDirectory = fileURLToPath(new URL('prisma/', packageRoot));

/** The migrations for one kind of database. */
export interface Migrations {
  /** The folder in which each has a folder of its own. */
  readonly directory: string;
  /** A query that gives a row where the table of what was applied exists. */
  readonly findsTable: string;
}

export const sqliteMigrations: Migrations = {
  directory: path.join(prismaDirectory, 'migrations'),
  findsTable: `SELECT 1 FROM sqlite_master WHERE name = '_prisma_migrations'`,
};

export const postgresqlMigrations: Migrations = {
  directory: path.join(prismaDirectory, 'postgresql/migrations'),
  findsTable: `SELECT 1 WHERE to_regclass('_prisma_migrations') IS NOT NULL`,
};

/** The names of the migrations in a folder, oldest first: their names begin with the time that they were made. */
async function knownMigrations(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

const sqlOf = (directory: string, name: string): Promise<string> =>
  readFile(path.join(directory, name, 'migration.sql'), 'utf8');

/** The migrations of a folder, as the engine takes them. */
export async function readMigrations(baseDir: string) {
  const migrationDirectories = await Promise.all(
    (await knownMigrations(baseDir)).map(async (name) => {
      const value = await sqlOf(baseDir, name);
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
async function readApplied(query: Query, { findsTable }: Migrations): Promise<ReadonlySet<string>> {
  const isNew = (await query(findsTable)).length === 0;
  const applied = 'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL';
  return new Set(isNew ? [] : (await query(applied)).map(({ migration_name: name }) => name as string));
}

export interface ComparedMigrations {
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
export async function compareMigrations(query: Query, migrations: Migrations): Promise<ComparedMigrations> {
  const applied = await readApplied(query, migrations);
  const known = await knownMigrations(migrations.directory);
  const unknown = [...applied].filter((name) => !known.includes(name));
  const [first = ''] = known;
  return {
    isNew: applied.size === 0,
    due: known.filter((name) => !applied.has(name)),
    newer: unknown.find((name) => name > first) ?? null,
    older: unknown.find((name) => name < first) ?? null,
  };
}

/** @throws Error when another version has made the database: this one would misread it */
export function refuseOtherVersions({ newer, older }: ComparedMigrations): void {
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
}

/** How an older version can go on while these are made: it neither sees nor needs what they add. */
const additiveMark = /^-- additive$/m;

/** Whether an older version can work on the database after these. */
export async function areAdditive({ directory }: Migrations, names: readonly string[]): Promise<boolean> {
  const texts = await Promise.all(names.map((name) => sqlOf(directory, name)));
  return texts.every((sql) => additiveMark.test(sql));
}

/** What is said where another process keeps a database from being changed. */
export const besideOthers = (due: readonly string[], remedy: string): Error => {
  const changes = due.length === 1 ? 'a change of' : `${due.length} changes of`;
  return new Error(
    `another process works on the database, and this version has to make ${changes} it first (${due.join(', ')}): ` +
      `${remedy}; nothing was changed`,
  );
};
