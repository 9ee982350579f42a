import type { Database } from './database.ts';

/** How many triggers and deliveries a prune would remove. */
export const countPrunable = ({ read }: Pick<Database, 'read'>, before: number) =>
  read(async ({ trigger, delivery }) => ({
    triggers: await trigger.count({ where: { open: false, finishedAt: { lt: new Date(before) } } }),
    deliveries: await delivery.count({ where: { receivedAt: { lt: new Date(before) } } }),
  }));

/** How many rows one transaction removes: others write in between. */
const batchSize = 500;

/**
 * Removes finished triggers and deliveries from before a time. The ids of triggers are remembered, so that a late
 * caller is told "no longer kept" instead of "not found", for as long again.
 * @param before milliseconds since the epoch
 * @returns how many were removed
 */
export async function prune({ write }: Pick<Database, 'write'>, before: number, now: number) {
  const end = new Date(before);
  const removed = { triggers: 0, deliveries: 0 };
  const pruneTriggers = (): Promise<number> =>
    write(async (client) => {
      const where = { open: false, finishedAt: { lt: end } };
      const rows = await client.trigger.findMany({ where, select: { id: true }, take: batchSize });
      const ids = rows.map(({ id }) => id);
      await client.prunedTrigger.createMany({ data: ids.map((id) => ({ id, prunedAt: new Date(now) })) });
      await client.playedJob.deleteMany({ where: { triggerId: { in: ids } } });
      await client.callback.deleteMany({ where: { triggerId: { in: ids } } });
      await client.timelineEntry.deleteMany({ where: { triggerId: { in: ids } } });
      return (await client.trigger.deleteMany({ where: { id: { in: ids } } })).count;
    });
  const pruneDeliveries = (): Promise<number> =>
    write(async (client) => {
      const where = { receivedAt: { lt: end } };
      const rows = await client.delivery.findMany({ where, select: { id: true }, take: batchSize });
      return (await client.delivery.deleteMany({ where: { id: { in: rows.map(({ id }) => id) } } })).count;
    });
  for (let count = batchSize; count === batchSize; removed.triggers += count) count = await pruneTriggers();
  for (let count = batchSize; count === batchSize; removed.deliveries += count)
    count = await pruneDeliveries();
  await write((client) => client.prunedTrigger.deleteMany({ where: { prunedAt: { lt: end } } }));
  return removed;
}
