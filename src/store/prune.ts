import type { Client, Database } from './database.ts';
import { Prisma } from './generated/client.ts';
import type { BatchLimit, Weighed } from './delete-in-batches.ts';
import { deleteInBatches, withinLimit } from './delete-in-batches.ts';

/** How many triggers and deliveries a prune would remove. */
export const countPrunable = ({ read }: Pick<Database, 'read'>, before: number) =>
  read(async ({ trigger, delivery }) => ({
    triggers: await trigger.count({ where: { open: false, finishedAt: { lt: new Date(before) } } }),
    deliveries: await delivery.count({ where: { receivedAt: { lt: new Date(before) } } }),
  }));

/** To remove a trigger, with all that refers to it and its indexes, takes as long as so many entries of its history. */
const entriesPerTrigger = 20;

/**
 * Removes finished triggers and deliveries from before a time. The ids of triggers are kept for as long
 * again, so that the service answers a late caller "no longer kept" instead of "not found".
 * @param before milliseconds since the epoch
 * @returns how many were removed
 */
export async function prune(database: Pick<Database, 'dialect' | 'write'>, before: number, now: number) {
  const end = new Date(before);
  const triggers = await deleteInBatches(database, async (client, limit) => {
    const found = await findTriggers(database, client, { end, limit });
    const ids = found.map(({ id }) => id);
    // Its history can be as long as that of many others: it goes first, and its trigger with the last of it.
    const entries = await deleteEntries(database, client, { ids, most: limit.rows });
    if (entries === limit.rows) return { rows: 0, isDone: false };
    await client.prunedTrigger.createMany({ data: ids.map((id) => ({ id, prunedAt: new Date(now) })) });
    await client.playedJob.deleteMany({ where: { triggerId: { in: ids } } });
    await client.retriedJob.deleteMany({ where: { triggerId: { in: ids } } });
    await client.childPipeline.deleteMany({ where: { triggerId: { in: ids } } });
    await client.callback.deleteMany({ where: { triggerId: { in: ids } } });
    await client.trigger.deleteMany({ where: { id: { in: ids } } });
    return { rows: ids.length, isDone: ids.length === 0 };
  });
  const deliveries = await deleteInBatches(database, async (client, limit) => {
    const ids = await findDeliveries(client, end, limit);
    await client.delivery.deleteMany({ where: { id: { in: ids } } });
    return { rows: ids.length, isDone: ids.length === 0 };
  });
  await deleteInBatches(database, async (client, { rows }) => {
    const deleted = await client.$executeRaw`
      DELETE FROM "PrunedTrigger" WHERE "id" IN (
        SELECT "id" FROM "PrunedTrigger" WHERE "prunedAt" < ${end} LIMIT ${rows})`;
    return { rows: deleted, isDone: deleted < rows };
  });
  return { triggers, deliveries };
}

async function findTriggers(
  { dialect }: Pick<Database, 'dialect'>,
  client: Client,
  { end, limit }: { end: Date; limit: BatchLimit },
): Promise<readonly Weighed[]> {
  const found = await client.$queryRaw<Weighed[]>`
    SELECT "id", OCTET_LENGTH("body") AS "bytes" FROM "Trigger"
    WHERE "finishedAt" < ${end} AND ${dialect.isFalse(Prisma.raw('"open"'))} LIMIT ${Math.ceil(limit.rows / entriesPerTrigger)}`;
  return withinLimit(found, limit);
}

async function findDeliveries(client: Client, end: Date, limit: BatchLimit): Promise<string[]> {
  const found = await client.$queryRaw<Weighed[]>`
    SELECT "id", OCTET_LENGTH("body") AS "bytes" FROM "Delivery"
    WHERE "receivedAt" < ${end} ORDER BY "receivedAt" LIMIT ${limit.rows}`;
  return withinLimit(found, limit).map(({ id }) => id);
}

const deleteEntries = (
  { dialect }: Pick<Database, 'dialect'>,
  client: Client,
  { ids, most }: { ids: readonly string[]; most: number },
): Promise<number> =>
  client.$executeRaw`
    DELETE FROM "TimelineEntry" WHERE "sequence" IN (
      SELECT "sequence" FROM "TimelineEntry"
      WHERE "triggerId" ${dialect.inTexts(ids)} LIMIT ${most})`;
