import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type pg from 'pg';
import type { Processes } from '../../app/ports/processes.ts';
import { AppError } from '../../domain/error.ts';
import { version } from '../../platform/version.ts';
import { asAppError } from '../database.ts';
import { compareMigrations, postgresqlMigrations, refuseOtherVersions } from '../migrations.ts';
import { refuseHalfCopied } from './copy-marker.ts';
import { schemaLock } from './migrate.ts';

/** How long a process counts as alive after it has shown that it is, by the database's clock. */
const lifeSeconds = 8;
/** Within this time of having shown it, it need not ask again. */
const freshMs = 1_000;

export interface RegisteredProcess extends Processes {
  /** Names this process in notifications. */
  readonly id: () => string;
  /** What is left to do is taken up by another process as soon as it looks. */
  readonly leave: () => Promise<void>;
}

/**
 * Registers this process, so that no newer version changes the schema beside it.
 * @throws Error when a newer version has already
 */
export async function registerProcess(pool: pg.Pool): Promise<RegisteredProcess> {
  let id = await register(pool);
  let shownAt = performance.now();
  let generation = 1;

  const query = async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[]) => {
    try {
      return (await pool.query<Row>(sql, [...values])).rows;
    } catch (error) {
      throw asAppError(error);
    }
  };

  const show: Processes['show'] = async () => {
    const since = performance.now();
    const [row] = await query<{ shown: number; removed: number }>(showAndRemove, [id, lifeSeconds]);
    const wasRemoved = row?.shown !== 1;
    if (wasRemoved) {
      generation += 1;
      id = await register(pool).catch((error: unknown) => Promise.reject(asStorageError(error)));
    }
    shownAt = since;
    return { removed: row?.removed ?? 0, wasRemoved };
  };

  return {
    id: () => id,
    generation: () => generation,
    show,
    async claim(work) {
      try {
        const [row] = await query<{ processId: string }>(claimOnce, [work, id]);
        return row?.processId === id;
      } catch (error) {
        // This process was removed: it registers again when it shows itself next.
        if (/"?Claim_processId_fkey"?/.test(String(error))) return false;
        throw error;
      }
    },
    async release(work) {
      await query('DELETE FROM "Claim" WHERE "name" = $1 AND "processId" = $2', [work, id]);
    },
    async confirm() {
      if (performance.now() - shownAt < freshMs) return;
      if ((await show()).wasRemoved) throw wasTakenForDead();
    },
    async leave() {
      await query(`UPDATE "Process" SET "until" = now() - interval '1 s' WHERE "id" = $1`, [id]);
    },
  };
}

const showAndRemove = `
  WITH "shown" AS (
    UPDATE "Process" SET "until" = now() + make_interval(secs => $2) WHERE "id" = $1 RETURNING 1),
  "removed" AS (DELETE FROM "Process" WHERE "until" < now() AND "id" <> $1 RETURNING 1)
  SELECT (SELECT count(*)::int FROM "shown") AS "shown", (SELECT count(*)::int FROM "removed") AS "removed"`;

/** Changes nothing where the work is claimed already, and says by whom. */
const claimOnce = `
  INSERT INTO "Claim" ("name", "processId") VALUES ($1, $2)
  ON CONFLICT ("name") DO UPDATE SET "processId" = "Claim"."processId" RETURNING "processId"`;

const wasTakenForDead = (): AppError =>
  new AppError(
    'storage_unavailable',
    'this process did not run for a while, and others have taken over its work',
  );

const asStorageError = (error: unknown): AppError =>
  error instanceof AppError ? error : new AppError('storage_unavailable', String(error));

/** While the schema is changed this waits, and then finds whether it knows what it has become. */
async function register(pool: pg.Pool): Promise<string> {
  const id = randomUUID();
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock_shared($1)', [schemaLock]);
    refuseOtherVersions(
      await compareMigrations(
        async (sql) => (await client.query(sql)).rows as object[] as [],
        postgresqlMigrations,
      ),
    );
    await refuseHalfCopied(client);
    await client.query(
      `INSERT INTO "Process" ("id", "name", "until") VALUES ($1, $2, now() + make_interval(secs => $3))`,
      [id, `${hostname()} ${process.pid} ${version}`, lifeSeconds],
    );
    await client.query('COMMIT');
    client.release();
    return id;
  } catch (error) {
    // Nothing of it is used again: the transaction may be open.
    client.release(true);
    throw error;
  }
}
