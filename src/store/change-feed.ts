import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeFeed } from '../app/ports/change-feed.ts';
import type { DeliveryId, TriggerId } from '../domain/ids.ts';
import type { Client, Database, SqliteDatabase } from './database.ts';

/** How often it is asked whether another process has stored something: half a second is promised until it is known. */
const everyMs = 100;
/** How often what this process alone has stored is passed over, which else would be read with the next foreign change. */
const passOverEvery = 10;
/** How many rows one call reads of each table. */
const mostRows = 1_000;
/** So many deliveries of this process are remembered, that they are not taken for those of another one. */
const mostOwn = 20_000;

/** How far it has read. Both numbers grow with each row, and writes come one after the other. */
interface Position {
  readonly entry: number;
  readonly delivery: number;
}

/**
 * SQLite has no way to call: it is asked whether another connection has written, and only then are the rows behind the
 * last position read. Of deliveries that is their `rowid`, which is there without a column or an index of its own;
 * should it begin anew, since a prune took all rows, the position does so too.
 */
export async function createChangeFeed({
  read,
  wasChangedByOthers,
}: Pick<SqliteDatabase, 'read' | 'wasChangedByOthers'>): Promise<
  ChangeFeed & {
    /** The same inbox; what this process adds to it is not named. */
    readonly remembered: (add: Database['addToInbox']) => Database['addToInbox'];
  }
> {
  const own = new Set<string>();
  let position = await read(newest);
  let looks = 0;

  /** What is stored up to here is ours when nobody else has written until after it was read. */
  async function look(): Promise<boolean> {
    looks += 1;
    const reached = looks % passOverEvery === 0 ? await read(newest) : null;
    if (!(await wasChangedByOthers())) {
      if (reached !== null) position = reached;
      return false;
    }
    // It may have been the inbox of this process, whose rows are passed over as they are stored.
    const end = await read(newest);
    return end.entry > position.entry || end.delivery !== position.delivery;
  }

  function forgetOldest(): void {
    for (const id of own) {
      if (own.size <= mostOwn) break;
      own.delete(id);
    }
  }

  return {
    remembered: (add) =>
      async function addRemembered(rows, since) {
        // Before they are stored: they can be read before it is known here that they were.
        for (const { id } of rows) own.add(id);
        const { isNew, lastRow } = await add(rows, since).catch((error: unknown) => {
          for (const { id } of rows) own.delete(id);
          throw error;
        });
        const count = isNew.filter(Boolean).length;
        if (count > 0 && position.delivery === lastRow - count) position = { ...position, delivery: lastRow };
        forgetOldest();
        return { isNew, lastRow };
      },

    async changed(signal) {
      while (!signal.aborted && !(await look()))
        await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    },

    async next() {
      const { entries, deliveries, reached } = await read((client) => readAfter(client, position));
      position = reached;
      return {
        triggers: [...new Set(entries.map(({ triggerId }) => triggerId))],
        deliveries: deliveries.map(({ id }) => id).filter((id) => !own.has(id)),
        isMore: entries.length === mostRows || deliveries.length === mostRows,
      };
    },
  };
}

interface Newest {
  readonly entry: bigint | null;
  readonly delivery: bigint | null;
}

/** Each is the end of a table: one row is read for it. */
async function newest(client: Client): Promise<Position> {
  const [row] = await client.$queryRaw<Newest[]>`
    SELECT (SELECT MAX("sequence") FROM "TimelineEntry") AS "entry",
           (SELECT MAX("rowid") FROM "Delivery") AS "delivery"`;
  return { entry: Number(row?.entry ?? 0), delivery: Number(row?.delivery ?? 0) };
}

async function readAfter(client: Client, { entry, delivery }: Position) {
  const end = await newest(client);
  const after: Position = { entry, delivery: end.delivery < delivery ? 0 : delivery };
  const entries = await client.$queryRaw<{ sequence: bigint; triggerId: TriggerId }[]>`
    SELECT "sequence", "triggerId" FROM "TimelineEntry"
    WHERE "sequence" > ${after.entry} ORDER BY "sequence" LIMIT ${mostRows}`;
  const deliveries = await client.$queryRaw<{ row: bigint; id: DeliveryId }[]>`
    SELECT "rowid" AS "row", "id" FROM "Delivery"
    WHERE "rowid" > ${after.delivery} ORDER BY "rowid" LIMIT ${mostRows}`;
  const reached: Position = {
    entry: Number(entries.at(-1)?.sequence ?? after.entry),
    delivery: Number(deliveries.at(-1)?.row ?? after.delivery),
  };
  return { entries, deliveries, reached };
}
