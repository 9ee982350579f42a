import type { DatabaseInspection } from '../../app/maintenance/database-inspection.ts';
import { messageOf } from '../../domain/error.ts';
import { keysIn } from '../key-store.ts';
import { compareMigrations, postgresqlMigrations } from '../migrations.ts';
import { queryPostgresql } from './migrate.ts';
import { requireReachable } from './require-reachable.ts';

/** Looks at a database without changing or locking anything, whether services work on it or not. */
export async function inspectPostgresql(url: string): Promise<DatabaseInspection> {
  try {
    await requireReachable('DATABASE_URL', url);
    return await queryPostgresql(url, async (query) => {
      const { due, newer, older } = await compareMigrations(query, postgresqlMigrations);
      const tables = await query(`SELECT 1 WHERE to_regclass('"ApiKey"') IS NOT NULL`);
      return {
        kind: 'seen',
        integrity: 'ok',
        due,
        newer,
        older,
        keys: await keysIn(query, tables.length > 0),
      };
    });
  } catch (error) {
    return {
      kind: 'unreadable',
      why: messageOf(error).replace('DATABASE_URL: the database cannot be used: ', ''),
    };
  }
}
