import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { isBusy } from './database.ts';
import {
  besideOthers,
  compareMigrations,
  readMigrations,
  refuseOtherVersions,
  sqliteMigrations,
} from './migrations.ts';
import { queryDatabase } from './query-database.ts';
import { noFilters, withSchemaEngine } from './schema-engine.ts';

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
export async function migrate(
  url: string,
  directory = sqliteMigrations.directory,
): Promise<readonly string[]> {
  const compared = await queryDatabase({ url }, (query) =>
    compareMigrations(query, { ...sqliteMigrations, directory }),
  );
  refuseOtherVersions(compared);
  const { isNew, due } = compared;
  if (due.length === 0) return [];
  if (!isNew) await refuseBesideOthers(url, due);
  const migrationsList = await readMigrations(directory);
  return withSchemaEngine(
    new PrismaBetterSqlite3({ url }),
    async (engine) => {
      const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: noFilters });
      return appliedMigrationNames;
    },
    { begin },
  );
}

/**
 * A migration that makes a table anew drops the old one, which deletes what refers to it unless foreign keys are off;
 * within a transaction they cannot be switched any more. Source: https://www.sqlite.org/lang_altertable.html, section 7
 */
export const begin = 'PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE';

/**
 * Leaves write-ahead logging, which SQLite allows to the only connection of a database; the service sets it again.
 * Also a process that is stopped, or that is only the stand-by, keeps its connection.
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
  if (!isAlone) throw besideOthers(due, 'stop that process, then start this one');
}
