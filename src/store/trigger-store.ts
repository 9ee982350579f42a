import type { Page, PendingQuota, Secrets, Stored, TriggerQuery, TriggerStore } from '../app/ports/index.ts';
import type { RetryClaim } from '../app/ports/trigger-store.ts';
import { retryBudgetMs } from '../app/ports/trigger-store.ts';
import { AppError } from '../domain/error.ts';
import type { PipelineId, TriggerId } from '../domain/ids.ts';
import { isTakenBy } from '../domain/trigger/upstream-reports.ts';
import type { ChildPipeline } from '../domain/trigger/child-pipeline.ts';
import { changesBetween } from '../domain/trigger/timeline.ts';
import type { Trigger } from '../domain/trigger/trigger.ts';
import { hasPipeline, isOpen, needsSecrets } from '../domain/trigger/trigger.ts';
import { insertAudit } from './audit-store.ts';
import { insertApprovalCallbacks, insertCallback, makeDue } from './callback-store.ts';
import type { Client, Database } from './database.ts';
import type { Dialect } from './dialect.ts';
import { Prisma } from './generated/client.ts';
import { record, timelineOf } from './history-store.ts';
import { createBatchLoader } from './batch-loader.ts';
import { changedAfter, lastSequence } from './changed-triggers.ts';
import { pageOf, readCursor, requestColumns, triggerColumns, triggerFrom } from './rows.ts';
import type { Encryption } from './encryption.ts';

/** More triggers on behalf of one upstream pipeline are not looked at. */
const mostOfUpstream = 1_000;

/** What is read of a trigger. Raw queries give whole numbers as bigint. */
interface Row {
  readonly body: string;
  readonly version: number | bigint;
}

/** Where the secrets of a request lie. */
const secretsOfRow = (id: TriggerId) => ({ table: 'Trigger', column: 'secrets', id }) as const;

const storedFrom = (row: Row): Stored => ({ trigger: triggerFrom(row), version: Number(row.version) });

async function update(client: Client, next: Trigger, version: number): Promise<'updated' | 'stale'> {
  const { pending, open, pipelineId, observedAt, deadlineAt, timeoutAt, finishedAt, outcome, body } =
    triggerColumns(next);
  const count = await client.$executeRaw`
    UPDATE "Trigger" SET
      "version" = ${version + 1}, "pending" = ${pending}, "open" = ${open}, "pipelineId" = ${pipelineId},
      "observedAt" = ${observedAt}, "deadlineAt" = ${deadlineAt}, "timeoutAt" = ${timeoutAt}, "finishedAt" = ${finishedAt},
      "outcome" = ${outcome},
      "body" = ${body}
    WHERE "id" = ${next.id} AND "version" = ${version}`;
  return count === 0 ? 'stale' : 'updated';
}

/** Triggers in the database; what their requests brought lies there encrypted. */
// eslint-disable-next-line max-lines-per-function -- one method for each of the port; each is short
export function createTriggerStore({ dialect, read, write }: Database, encryption: Encryption): TriggerStore {
  const findAll = async (where: object, orderBy: object, take?: number): Promise<readonly Trigger[]> => {
    const rows = await read((client) =>
      client.trigger.findMany({
        where,
        orderBy,
        ...(take === undefined ? {} : { take }),
        select: { body: true },
      }),
    );
    return rows.map(triggerFrom);
  };

  const find = createBatchLoader(async (ids: readonly TriggerId[]) => {
    const rows = await read(
      (client) => client.$queryRaw<Row[]>`
        SELECT "body", "version" FROM "Trigger" WHERE "id" ${dialect.inTexts(ids)}`,
    );
    return new Map(rows.map(storedFrom).map((stored) => [stored.trigger.id, stored]));
  });

  // Those who follow all triggers are mostly at the same place.
  const readChanges = createBatchLoader(
    async (sequences: readonly number[]) =>
      new Map(
        await Promise.all(
          sequences.map(async (sequence) => [sequence, await changedAfter({ read }, sequence)] as const),
        ),
      ),
  );

  const findOnPipeline = createBatchLoader(async (ids: readonly PipelineId[]) => {
    const isListed = dialect.inNumbers(ids);
    const rows = await read(
      (client) => client.$queryRaw<Row[]>`
        SELECT "body", "version" FROM "Trigger"
        WHERE "open" AND ("pipelineId" ${isListed} OR "upstreamPipelineId" ${isListed}
          OR "id" IN (SELECT "triggerId" FROM "ChildPipeline" WHERE "pipelineId" ${isListed}))`,
    );
    const triggers = rows.map(triggerFrom);
    const isOn = (trigger: Trigger, id: PipelineId): boolean =>
      hasPipeline(trigger, id) || trigger.request.upstream?.pipelineId === id;
    return new Map(ids.map((id) => [id, triggers.filter((trigger) => isOn(trigger, id))]));
  });

  return {
    create: (trigger, secrets, key, { entry, callback, quota } = {}) =>
      write(async (client) => {
        if (key !== null) {
          const where = { caller_idempotencyKey: { caller: trigger.caller, idempotencyKey: key.key } };
          const earlier = await client.trigger.findUnique({ where });
          if (earlier !== null)
            return {
              created: false,
              earlier: storedFrom(earlier),
              requestDigest: earlier.requestDigest ?? '',
            };
        }
        await waitForRivals(client, dialect, { trigger, quota });
        if (quota !== undefined && (await isUsedUp(client, dialect, quota))) return { created: 'full' };
        const holder = await holderOfStatus(client, trigger);
        if (holder !== undefined) return { created: 'taken', by: holder.id };
        await client.trigger.create({
          data: {
            ...requestColumns(trigger),
            ...triggerColumns(trigger),
            version: 1,
            idempotencyKey: key?.key ?? null,
            requestDigest: key?.requestDigest ?? null,
            secrets: encryption.encrypt(JSON.stringify(secrets), secretsOfRow(trigger.id)),
          },
        });
        await record(client, trigger, changesBetween(null, trigger), []);
        if (entry !== undefined) await insertAudit(client, entry);
        if (callback !== undefined) await insertCallback(client, trigger, callback, encryption);
        return { created: true };
      }),

    find,

    async wasPruned(id) {
      return (await read((client) => client.prunedTrigger.findUnique({ where: { id } }))) !== null;
    },

    commit: (next, version, entries, notes = []) =>
      write(async (client) => {
        if ((await update(client, next, version)) === 'stale') return 'stale';
        if (!needsSecrets(next))
          await client.$executeRaw`UPDATE "Trigger" SET "secrets" = NULL WHERE "id" = ${next.id}`;
        await makeDue(client, next);
        if (next.children !== undefined) await insertChildren(client, next.id, next.children);
        await insertApprovalCallbacks(client, next, entries, encryption);
        await record(client, next, entries, notes);
        return 'committed';
      }),

    list: (query) => listTriggers({ read }, query),

    async findConcerned(pipelineId, triggerId, parentId = null) {
      const own = (await findOnPipeline(pipelineId)) ?? [];
      const above = parentId === null ? [] : ((await findOnPipeline(parentId)) ?? []);
      const onPipeline = [
        ...own,
        ...above.filter(
          (trigger) => hasPipeline(trigger, parentId) && !own.some(({ id }) => id === trigger.id),
        ),
      ];
      const named = triggerId === null ? undefined : (await find(triggerId))?.trigger;
      const isMore = named !== undefined && isOpen(named) && !onPipeline.some(({ id }) => id === named.id);
      return [...onPipeline, ...(isMore ? [named] : [])].toSorted(
        (one, other) => one.createdAt - other.createdAt,
      );
    },

    findByUpstream: (pipelineId) =>
      findAll(
        { upstreamPipelineId: BigInt(pipelineId) },
        [{ createdAt: 'desc' }, { id: 'desc' }],
        mostOfUpstream,
      ),

    findQuietTriggers: (since, limit) =>
      findAll(
        { open: true, observedAt: { lte: new Date(since) } },
        { observedAt: 'asc' },
        Math.min(limit, 1_000_000),
      ),

    async quietVersions(since) {
      const rows = await read(
        (client) => client.$queryRaw<{ id: TriggerId; version: number | bigint }[]>`
          SELECT "id", "version" FROM "Trigger"
          WHERE "open" AND "observedAt" <= ${new Date(since)} ORDER BY "observedAt"`,
      );
      return rows.map(({ id, version }) => ({ id, version: Number(version) }));
    },

    async countPending() {
      const [all, running] = await read((client) =>
        Promise.all([
          client.trigger.count({ where: { pending: true } }),
          client.trigger.count({ where: { pending: true, pipelineId: { not: null } } }),
        ]),
      );
      return { requested: all - running, running };
    },

    findPastDeadline: (now, limit) =>
      findAll({ pending: true, deadlineAt: { lte: new Date(now) } }, { deadlineAt: 'asc' }, limit),

    findPastTimeout: (now, limit) =>
      findAll({ timeoutAt: { lte: new Date(now) } }, { timeoutAt: 'asc' }, limit),

    async secretsOf(id) {
      const row = await read((client) =>
        client.trigger.findUnique({ where: { id }, select: { secrets: true } }),
      );
      return row?.secrets == null
        ? null
        : (JSON.parse(encryption.decrypt(row.secrets, secretsOfRow(id))) as Secrets);
    },

    timeline: (id, afterSequence, most) => timelineOf({ read }, id, afterSequence, most),
    lastSequence: () => lastSequence({ read }),
    async changedAfter(sequence) {
      return (await readChanges(sequence)) ?? { changes: [], reached: sequence, isMore: false };
    },
    claimPlay: (gitlabUrl, jobId, id) => write((client) => claimPlay(client, gitlabUrl, BigInt(jobId), id)),
    claimRetries: (claim) => write((client) => claimRetries(client, dialect, claim)),
  };
}

/** Other processes may be making triggers that count for the same quota, or post under the same name. */
async function waitForRivals(
  client: Client,
  { waitFor }: Dialect,
  { trigger, quota }: { trigger: Trigger; quota: PendingQuota | undefined },
): Promise<void> {
  const { report, upstream } = trigger.request;
  const names = [
    ...(quota?.callers ?? []).map((caller) => `pending ${caller}`),
    ...(report?.commitStatus == null || upstream === null ? [] : [`status ${upstream.pipelineId}`]),
  ];
  // A lock gives nothing back that Prisma could read.
  if (waitFor !== null && names.length > 0) await client.$executeRaw(waitFor(names));
}

/** The open trigger that posts under the name that a new one would post under; of other work than its. */
async function holderOfStatus(client: Client, trigger: Trigger): Promise<Trigger | undefined> {
  const { report, upstream } = trigger.request;
  if (report?.commitStatus == null || upstream === null) return undefined;
  const where = { upstreamPipelineId: BigInt(upstream.pipelineId), pending: true };
  const rows = await client.trigger.findMany({ where, select: { body: true }, take: mostOfUpstream });
  return rows.map(triggerFrom).find((other) => isTakenBy(trigger, other));
}

/** Counts no further than the limit. */
async function isUsedUp(
  client: Client,
  dialect: Dialect,
  { callers, limit }: PendingQuota,
): Promise<boolean> {
  const [row] = await client.$queryRaw<{ count: number | bigint }[]>`
    SELECT COUNT(*) AS "count" FROM (
      SELECT 1 FROM "Trigger"
      WHERE "pending" AND "caller" ${dialect.inTexts(callers)} LIMIT ${limit}) AS "counted"`;
  return Number(row?.count ?? 0) >= limit;
}

/** Those that are known already stay; one that a bridge has replaced does no harm. */
async function insertChildren(
  client: Client,
  id: TriggerId,
  children: readonly ChildPipeline[],
): Promise<void> {
  if (children.length === 0) return;
  const rows = children.map((child) => Prisma.sql`(${id}, ${BigInt(child.id)})`);
  await client.$executeRaw`
    INSERT INTO "ChildPipeline" ("triggerId", "pipelineId") VALUES ${Prisma.join(rows)} ON CONFLICT DO NOTHING`;
}

async function claimPlay(client: Client, gitlabUrl: string, jobId: bigint, triggerId: TriggerId) {
  const claimed = await client.playedJob.findUnique({ where: { gitlabUrl_jobId: { gitlabUrl, jobId } } });
  if (claimed !== null) return claimed.triggerId === triggerId ? ('again' as const) : ('other' as const);
  await client.playedJob.create({ data: { gitlabUrl, jobId, triggerId } });
  return 'first' as const;
}

async function claimRetries(client: Client, { waitFor }: Dialect, claim: RetryClaim) {
  const { gitlabUrl, project, triggerId, jobIds, at, budget } = claim;
  if (waitFor !== null) await client.$executeRaw(waitFor([`retries ${gitlabUrl} ${project}`]));
  const known = await client.retriedJob.findMany({
    where: { gitlabUrl, jobId: { in: jobIds.map(BigInt) } },
  });
  const claimedBy = new Map(known.map((row) => [Number(row.jobId), row.triggerId]));
  const fresh = jobIds.filter((id) => !claimedBy.has(id));
  const since = new Date(at - retryBudgetMs);
  const spent =
    fresh.length === 0
      ? 0
      : await client.retriedJob.count({ where: { gitlabUrl, project, at: { gt: since } } });
  if (spent + fresh.length > budget && fresh.length > 0) return 'spent' as const;
  await client.retriedJob.createMany({
    data: fresh.map((id) => ({ gitlabUrl, project, triggerId, jobId: BigInt(id), at: new Date(at) })),
  });
  return new Set(jobIds.filter((id) => (claimedBy.get(id) ?? triggerId) === triggerId));
}

async function listTriggers({ read }: Pick<Database, 'read'>, query: TriggerQuery): Promise<Page<Trigger>> {
  const { state, caller, project, ref, idPrefix, limit, cursor } = query;
  const after = cursor === null ? undefined : readCursor(cursor);
  if (after === null) throw new AppError('invalid', 'cursor: not one that this service gave');
  const rows = await read((client) =>
    client.trigger.findMany({
      where: {
        ...(state === 'all' ? {} : { pending: state === 'pending' }),
        ...(caller === null ? {} : { caller }),
        ...(project === null ? {} : { project }),
        ...(ref === null ? {} : { ref }),
        ...(idPrefix === undefined ? {} : { id: { startsWith: idPrefix } }),
        ...(after === undefined
          ? {}
          : { OR: [{ createdAt: { lt: after.time } }, { createdAt: after.time, id: { lt: after.id } }] }),
      },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: limit + 1,
    }),
  );
  return pageOf(rows, limit, ({ createdAt }) => createdAt, triggerFrom);
}
