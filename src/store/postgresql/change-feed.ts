import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { ChangeFeed } from '../../app/ports/change-feed.ts';
import type { TriggerId } from '../../domain/ids.ts';
import { asAppError } from '../database.ts';

/** A notification may be lost: so often it is looked without one. */
const pollMs = 1_000;
/** How many rows one call reads. */
const mostRows = 1_000;
/** How long a number that is missing may still appear: no transaction of ours lives longer. */
const gapMs = 30_000;
/** More are not looked for one by one. */
const mostGaps = 5_000;

interface SequencedRow {
  readonly sequence: string;
  readonly triggerId: TriggerId;
}

/**
 * Reads what was added to the timelines, by the numbers of its rows. A number is given before its transaction commits,
 * so a lower one can become visible after a higher one: numbers that are missing are looked for until they must have
 * appeared, or never will.
 * @param signal resolves when something may have been stored, or when it aborts
 */
export async function createPostgresqlFeed(
  pool: Pick<pg.Pool, 'query'>,
  waitForSignal: (signal: AbortSignal) => Promise<void>,
  now: () => number = () => performance.now(),
): Promise<ChangeFeed> {
  const query = async (sql: string, values: readonly unknown[] = []): Promise<readonly SequencedRow[]> => {
    try {
      return (await pool.query<SequencedRow>(sql, [...values])).rows;
    } catch (error) {
      throw asAppError(error);
    }
  };
  const [newest] = await query(`SELECT COALESCE(MAX("sequence"), 0) AS "sequence" FROM "TimelineEntry"`);
  // Some of the last ones may be on their way while there are higher ones already.
  let position = Math.max(Number(newest?.sequence ?? 0) - mostRows, 0);
  const gaps = new Map<number, number>();

  function moveTo(sequences: readonly number[]): void {
    const since = now();
    for (const sequence of sequences) {
      gaps.delete(sequence);
      for (let missing = Math.max(position + 1, sequence - mostGaps); missing < sequence; missing += 1)
        gaps.set(missing, since);
      position = Math.max(position, sequence);
    }
    for (const [missing, seenAt] of gaps)
      if (since - seenAt > gapMs || gaps.size > mostGaps) gaps.delete(missing);
  }

  return {
    async changed(signal) {
      const done = new AbortController();
      const either = AbortSignal.any([signal, done.signal]);
      await Promise.race([
        waitForSignal(either),
        sleep(pollMs, undefined, { signal: either }).catch(() => undefined),
      ]);
      done.abort();
    },

    async next() {
      const rows = await query(
        `SELECT "sequence", "triggerId" FROM "TimelineEntry"
         WHERE "sequence" > $1 OR "sequence" = ANY($2::bigint[]) ORDER BY "sequence" LIMIT ${mostRows}`,
        [position, [...gaps.keys()]],
      );
      moveTo(rows.map(({ sequence }) => Number(sequence)));
      return {
        triggers: [...new Set(rows.map(({ triggerId }) => triggerId))],
        // What a process has stored and not applied is found when that process is removed.
        deliveries: [],
        isMore: rows.length === mostRows,
      };
    },
  };
}
