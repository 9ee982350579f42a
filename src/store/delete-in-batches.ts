import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Database } from './database.ts';

/** What one transaction may delete. */
export interface BatchLimit {
  readonly rows: number;
  /** What their texts weigh: erased text is overwritten, so that a few long ones take as long as many short ones. */
  readonly bytes: number;
}

interface Deleted {
  /** How many of those that are counted. */
  readonly rows: number;
  /** Whether nothing is left to delete. */
  readonly isDone: boolean;
}

/**
 * SQLite holds the event loop up while it deletes: a batch that took longer is followed by one half as large. The sync
 * to disk does not count, which takes as long for few rows as for many.
 */
const wantedMs = 20;
const fewestRows = 50;
const mostRows = 500;
const bytesPerBatch = 2 ** 20;
/** Other writers, also those of another process, have their turn between two batches: as long as the last one took. */
const shortestPauseMs = 10;

/**
 * Deletes piece by piece, each piece in a transaction of its own that is short enough for those who wait.
 * @param deleteSome deletes within the limit; `isDone` when there was no more
 * @returns how many rows it has counted
 */
export async function deleteInBatches(
  { write }: Pick<Database, 'write'>,
  deleteSome: (client: Client, limit: BatchLimit) => Promise<Deleted>,
): Promise<number> {
  let [rows, total] = [fewestRows, 0];
  for (;;) {
    const { deleted, tookMs } = await write(async (client) => {
      const startedAt = performance.now();
      const deleted = await deleteSome(client, { rows, bytes: bytesPerBatch });
      return { deleted, tookMs: performance.now() - startedAt };
    });
    total += deleted.rows;
    if (deleted.isDone) return total;
    rows = nextRows(rows, tookMs);
    await sleep(Math.max(tookMs, shortestPauseMs));
  }
}

/** How many rows the batch after this one deletes. */
export function nextRows(rows: number, tookMs: number): number {
  if (tookMs > wantedMs) return Math.max(fewestRows, Math.floor(rows / 2));
  return tookMs < wantedMs / 2 ? Math.min(mostRows, rows * 2) : rows;
}

/** What is found to be deleted. */
export interface Weighed {
  readonly id: string;
  readonly bytes: number | bigint | null;
}

/** The first of these that are within the limit, one at least. */
export function withinLimit<Row extends Pick<Weighed, 'bytes'>>(
  found: readonly Row[],
  { bytes }: Pick<BatchLimit, 'bytes'>,
): readonly Row[] {
  let sum = 0;
  const firstBeyond = found.findIndex((row, index) => {
    sum += Number(row.bytes ?? 0);
    return sum > bytes && index > 0;
  });
  return firstBeyond < 0 ? found : found.slice(0, firstBeyond);
}
