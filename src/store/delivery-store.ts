import { setImmediate } from 'node:timers/promises';
import type { DeliveryQuery, DeliveryStore, ParsePayload, StoredDelivery } from '../app/ports/index.ts';
import { AppError } from '../domain/error.ts';
import type { Delivery } from '../domain/delivery.ts';
import type { PipelineId } from '../domain/ids.ts';
import type { Database } from './database.ts';
import { Prisma } from './generated/client.ts';
import { createGroupCommit } from './group-commit.ts';
import { deliveryColumns, deliveryFrom, pageOf, readCursor } from './rows.ts';

/** Of so many characters of JSON; then other requests have their turn. */
const parsedTogether = 1_000_000;

/** Hears of each group of deliveries that went to disk, and how long that took. */
export type Committed = (deliveries: readonly Delivery[], ms: number) => void;

/** How many deliveries may wait for the disk concurrently; GitLab has to send further ones again. */
const queueLimits = { items: 5_000, bytes: 64 * 2 ** 20 };

/** What a delivery weighs besides its body. */
const rowBytes = 500;

/** The inbox in the database. Deliveries are written in groups, each group in one transaction and one sync. */
export function createDeliveryStore(
  { read, addToInbox }: Pick<Database, 'read' | 'addToInbox'>,
  parsePayload: ParsePayload,
  committed: Committed = () => undefined,
): DeliveryStore {
  const addToGroup = createGroupCommit<Delivery, 'added' | 'duplicate'>(async (deliveries, since) => {
    const begin = performance.now();
    const inserted = await addToInbox(deliveries.map(deliveryColumns), since);
    committed(deliveries, performance.now() - begin);
    return inserted.isNew.map((isNew) => (isNew ? 'added' : 'duplicate'));
  }, queueLimits);
  const toStored = (row: Parameters<typeof deliveryFrom>[0]): StoredDelivery =>
    deliveryFrom(row, parsePayload);

  return {
    add: (delivery) => addToGroup(delivery, rowBytes + (delivery.body?.length ?? 0)),

    async ofPipeline(pipelineId, most) {
      const rows = await read((client) =>
        client.delivery.findMany({
          where: { pipelineId: BigInt(pipelineId) },
          orderBy: { receivedAt: 'desc' },
          ...(most === undefined ? {} : { take: most }),
        }),
      );
      const deliveries: Delivery[] = [];
      let parsed = 0;
      for (const row of rows.toReversed()) {
        deliveries.push(toStored(row).delivery);
        parsed += row.body?.length ?? 0;
        if (parsed < parsedTogether) continue;
        parsed = 0;
        await setImmediate();
      }
      return deliveries;
    },

    async parentsAmong(pipelineIds) {
      const rows = await read((client) =>
        client.delivery.groupBy({
          by: ['upstreamId'],
          where: { upstreamId: { in: pipelineIds.map(BigInt) } },
        }),
      );
      return rows.map(({ upstreamId }) => Number(upstreamId) as PipelineId);
    },

    async find(id) {
      const row = await read((client) => client.delivery.findUnique({ where: { id } }));
      return row === null ? undefined : toStored(row);
    },

    async list(query) {
      const rows = await findPage({ read }, query);
      return pageOf(rows, query.limit, ({ receivedAt }) => receivedAt, toStored);
    },
  };
}

async function findPage(
  { read }: Pick<Database, 'read'>,
  { limit, cursor, unmatched, idPrefix = '' }: DeliveryQuery,
) {
  const after = cursor === null ? undefined : readCursor(cursor);
  if (after === null) throw new AppError('invalid', 'cursor: not one that this service gave');
  const isUnmatched = Prisma.sql`NOT EXISTS (SELECT 1 FROM "Trigger" WHERE "Trigger"."pipelineId" = "Delivery"."pipelineId")
    AND NOT EXISTS (SELECT 1 FROM "ChildPipeline" WHERE "ChildPipeline"."pipelineId" = "Delivery"."pipelineId")`;
  return read(async (client) => {
    if (!unmatched)
      return client.delivery.findMany({
        where: {
          ...(idPrefix === '' ? {} : { id: { startsWith: idPrefix } }),
          ...(after === undefined
            ? {}
            : { OR: [{ receivedAt: { lt: after.time } }, { receivedAt: after.time, id: { lt: after.id } }] }),
        },
        orderBy: [{ receivedAt: 'desc' }, { id: 'desc' }],
        take: limit + 1,
      });
    const isAfter =
      after === undefined
        ? Prisma.sql`TRUE`
        : Prisma.sql`("receivedAt" < ${after.time} OR ("receivedAt" = ${after.time} AND "id" < ${after.id}))`;
    const ids = await client.$queryRaw<{ id: string }[]>`
      SELECT "id" FROM "Delivery" WHERE ${isAfter} AND ${isUnmatched} AND "id" LIKE ${`${idPrefix}%`}
      ORDER BY "receivedAt" DESC, "id" DESC LIMIT ${limit + 1}`;
    return client.delivery.findMany({
      where: { id: { in: ids.map(({ id }) => id) } },
      orderBy: [{ receivedAt: 'desc' }, { id: 'desc' }],
    });
  });
}
