import { setImmediate } from 'node:timers/promises';
import type { CountedNote, HistoryStore, RecordedEntry } from '../app/ports/index.ts';
import type { Cause, Note, TimedNote } from '../domain/trigger/history.ts';
import type { TriggerId } from '../domain/ids.ts';
import type { TimelineEntry } from '../domain/trigger/timeline.ts';
import type { Trigger } from '../domain/trigger/trigger.ts';
import type { Client, Database } from './database.ts';
import { Prisma } from './generated/client.ts';

/**
 * SQLite takes 32,766 parameters in one statement, of which a row has four: a pipeline of 9,000 jobs brings more.
 * Source: https://www.sqlite.org/limits.html, SQLITE_MAX_VARIABLE_NUMBER
 */
const rowsPerInsert = 500;

/** Adds to the history. Raw, as all that each hook leads to: Prisma's own queries take several times as long. */
export async function record(
  client: Client,
  { id, updatedAt }: Trigger,
  entries: readonly TimelineEntry[],
  notes: readonly TimedNote[],
): Promise<void> {
  for (const { at, note } of notes) await addNote(client, { id, note, count: 1, at, until: at });
  const at = new Date(updatedAt);
  const rows = entries.map(({ cause, ...entry }) => {
    const because = cause === undefined ? null : JSON.stringify(cause);
    return Prisma.sql`(${id}, ${at}, ${JSON.stringify(entry)}, ${because})`;
  });
  for (let index = 0; index < rows.length; index += rowsPerInsert) {
    // Each takes milliseconds, and better-sqlite3 waits for none of them: others have their turn in between.
    if (index > 0) await setImmediate();
    await client.$executeRaw`
      INSERT INTO "TimelineEntry" ("triggerId", "at", "entry", "cause")
      VALUES ${Prisma.join(rows.slice(index, index + rowsPerInsert))}`;
  }
}

/** Counts a note that repeats one since the last entry for callers: polling does not grow the table. */
async function addNote(client: Client, { id, note, count, at, until }: CountedNote): Promise<void> {
  const entry = JSON.stringify(note);
  const known = await client.$executeRaw`
    UPDATE "TimelineEntry" SET "count" = "count" + ${count}, "until" = ${new Date(until)}
    WHERE "sequence" = (
      SELECT "sequence" FROM "TimelineEntry" WHERE "triggerId" = ${id} AND "isNote" AND "entry" = ${entry}
        AND "sequence" > COALESCE((
          SELECT "sequence" FROM "TimelineEntry" WHERE "triggerId" = ${id} AND NOT "isNote"
          ORDER BY "sequence" DESC LIMIT 1), 0)
      ORDER BY "sequence" DESC LIMIT 1)`;
  if (known > 0) return;
  const last = count > 1 ? new Date(until) : null;
  await client.$executeRaw`
    INSERT INTO "TimelineEntry" ("triggerId", "at", "entry", "isNote", "count", "until")
    SELECT ${id}, ${new Date(at)}, ${entry}, TRUE, ${count}, ${last}
    WHERE EXISTS (SELECT 1 FROM "Trigger" WHERE "id" = ${id})`;
}

/** PostgreSQL gives what has 64 bits as bigint. */
export const numberOf = (sequence: number | bigint): number => Number(sequence);

/** The timeline that callers see, in order. */
export async function timelineOf(
  { read }: Pick<Database, 'read'>,
  id: TriggerId,
  afterSequence: number,
  most?: number,
): Promise<readonly RecordedEntry[]> {
  const rows = await read((client) =>
    client.timelineEntry.findMany({
      where: { triggerId: id, sequence: { gt: afterSequence }, isNote: false },
      orderBy: { sequence: 'asc' },
      ...(most === undefined ? {} : { take: most }),
    }),
  );
  return rows.map(({ sequence, at, entry }) => ({
    sequence: numberOf(sequence),
    at: at.getTime(),
    entry: JSON.parse(entry) as TimelineEntry,
  }));
}

/** Histories in the database. */
export const createHistoryStore = ({ read, write }: Database): HistoryStore => ({
  async of(id, most) {
    const rows = await read((client) =>
      client.timelineEntry.findMany({
        where: { triggerId: id },
        orderBy: { sequence: 'desc' },
        ...(most === undefined ? {} : { take: most }),
      }),
    );
    return rows.toReversed().map(({ sequence, at, until, count, entry, cause }) => ({
      sequence: numberOf(sequence),
      at: at.getTime(),
      until: until?.getTime() ?? null,
      count,
      line: JSON.parse(entry) as TimelineEntry | Note,
      cause: cause === null ? null : (JSON.parse(cause) as Cause),
    }));
  },

  note: (notes) =>
    write(async (client) => {
      for (const each of notes) await addNote(client, each);
    }),
});
