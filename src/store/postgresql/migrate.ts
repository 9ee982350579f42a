import { PrismaPg } from '@prisma/adapter-pg';
import {
  areAdditive,
  besideOthers,
  compareMigrations,
  postgresqlMigrations,
  readMigrations,
  refuseOtherVersions,
} from '../migrations.ts';
import type { Query } from '../query-database.ts';
import { queryOver } from '../query-database.ts';
import { noFilters, withSchemaEngine } from '../schema-engine.ts';
import { loneConnection } from './connection.ts';

/** Held by what changes the schema, and shared by a process that begins to work on it; any number that is ours. */
export const schemaLock = 7_263_451_901;

/** Processes that start at the same time wait here: one migrates, the others find that it is done. */
const begin = `BEGIN; SELECT pg_advisory_xact_lock(${schemaLock})`;

/**
 * Brings a database to the newest schema, wholly or not at all, while no other process does. Beside running processes
 * of a version that does not know it nothing is changed, unless every change is marked as additive.
 * @param url a connection without a pooler in between
 * @returns the names of the migrations that were applied
 * @throws Error when another version has made the database, or works on it
 */
export async function migratePostgresql(
  url: string,
  directory = postgresqlMigrations.directory,
): Promise<readonly string[]> {
  const migrations = { ...postgresqlMigrations, directory };
  const seen = await queryPostgresql(url, (query) => compareMigrations(query, migrations));
  refuseOtherVersions(seen);
  if (seen.due.length === 0) return [];
  const migrationsList = await readMigrations(directory);
  return withSchemaEngine(
    new PrismaPg(loneConnection(url)),
    async (engine, query) => {
      const compared = await compareMigrations(query, migrations);
      refuseOtherVersions(compared);
      const { isNew, due } = compared;
      if (due.length === 0) return [];
      if (!isNew && !(await areAdditive(migrations, due)) && (await isInUse(query)))
        throw besideOthers(due, 'stop all of them (scale to 0), then start this one');
      const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: noFilters });
      return appliedMigrationNames;
    },
    { begin },
  );
}

/** Whether a process has shown lately that it lives. */
async function isInUse(query: Query): Promise<boolean> {
  return (await query('SELECT 1 FROM "Process" WHERE "until" > now() LIMIT 1')).length > 0;
}

/** Connects for a few questions. */
export async function queryPostgresql<T>(url: string, work: (query: Query) => Promise<T>): Promise<T> {
  const connection = await new PrismaPg(loneConnection(url)).connect();
  try {
    return await work(queryOver(connection));
  } finally {
    await connection.dispose();
  }
}
