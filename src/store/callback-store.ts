import type { CallbackQuery, CallbackStore, NewCallback, Page } from '../app/ports/index.ts';
import type { Callback, CallbackEvent, CallbackId, CallbackState } from '../domain/callback.ts';
import { approvalCallbackIdOf, callbackIdOf } from '../domain/callback.ts';
import { AppError } from '../domain/error.ts';
import type { TriggerId } from '../domain/ids.ts';
import type { TimelineEntry } from '../domain/trigger/timeline.ts';
import type { Trigger } from '../domain/trigger/trigger.ts';
import { isFinished } from '../domain/trigger/trigger.ts';
import type { Client, Database } from './database.ts';
import { pageOf, readCursor } from './rows.ts';
import type { Encryption } from './encryption.ts';

interface Row {
  readonly id: string;
  readonly triggerId: string;
  readonly event: string;
  readonly origin: string;
  readonly state: string;
  readonly tries: number;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly createdAt: Date;
  readonly triedSince: Date | null;
  readonly lastTriedAt: Date | null;
  readonly dueAt: Date | null;
}

const callbackFrom = (row: Row): Callback => ({
  id: row.id as CallbackId,
  triggerId: row.triggerId as TriggerId,
  event: row.event as CallbackEvent,
  origin: row.origin,
  state: row.state as CallbackState,
  tries: row.tries,
  lastStatus: row.lastStatus,
  lastError: row.lastError,
  createdAt: row.createdAt.getTime(),
  triedSince: row.triedSince?.getTime() ?? null,
  lastTriedAt: row.lastTriedAt?.getTime() ?? null,
  dueAt: row.dueAt?.getTime() ?? null,
});

/** Where the URL of a callback lies. */
const urlOfRow = (id: CallbackId) => ({ table: 'Callback', column: 'url', id }) as const;

const dateOrNull = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

/** Stores, together with its trigger, the callback that reports the trigger's end. */
export async function insertCallback(
  client: Client,
  { id, createdAt }: Trigger,
  callback: NewCallback,
  encryption: Encryption,
): Promise<void> {
  await client.callback.create({
    data: {
      id: callback.id,
      triggerId: id,
      origin: callback.origin,
      url: encryption.encrypt(callback.url, urlOfRow(callback.id)),
      state: 'waiting',
      tries: 0,
      createdAt: new Date(createdAt),
    },
  });
}

/** With the trigger's end, in the same transaction, its callback is due: one is not known without the other. */
export async function makeDue(client: Client, trigger: Trigger): Promise<void> {
  if (!isFinished(trigger)) return;
  await client.$executeRaw`
    UPDATE "Callback" SET "state" = 'due', "dueAt" = ${new Date(trigger.updatedAt)}
    WHERE "triggerId" = ${trigger.id} AND "state" = 'waiting'`;
}

/**
 * For each job that began to wait to be approved, in the same transaction, a callback that is due now: to the receiver of
 * the outcome, whose URL is encrypted once more, since it is bound to its row.
 */
export async function insertApprovalCallbacks(
  client: Client,
  { id: triggerId, updatedAt }: Trigger,
  entries: readonly TimelineEntry[],
  encryption: Encryption,
): Promise<void> {
  const jobIds = entries.flatMap((entry) => (entry.type === 'approval' ? [entry.id] : []));
  if (jobIds.length === 0) return;
  const base = await client.callback.findUnique({ where: { id: callbackIdOf(triggerId) } });
  if (base?.url == null) return;
  const url = encryption.decrypt(base.url, urlOfRow(base.id as CallbackId));
  const at = new Date(updatedAt);
  for (const jobId of jobIds) {
    const id = approvalCallbackIdOf(base.id as CallbackId, jobId);
    const row = { id, triggerId, event: 'approval', origin: base.origin, tries: 0, createdAt: at, dueAt: at };
    const data = { ...row, state: 'due', url: encryption.encrypt(url, urlOfRow(id)) };
    await client.callback.upsert({ where: { id }, create: data, update: {} });
  }
}

/** Callbacks in the database; their URLs lie there encrypted. */
export function createCallbackStore(
  { read, write }: Pick<Database, 'read' | 'write'>,
  encryption: Encryption,
): CallbackStore {
  return {
    async findDue(now, { limit, except, exceptOrigins }) {
      const where = {
        state: 'due',
        dueAt: { lte: new Date(now) },
        id: { notIn: [...except] },
        origin: { notIn: [...exceptOrigins] },
      };
      const rows = await read((client) =>
        client.callback.findMany({ where, orderBy: { dueAt: 'asc' }, take: limit }),
      );
      return rows.map(callbackFrom);
    },

    async find(id) {
      const row = await read((client) => client.callback.findUnique({ where: { id } }));
      return row === null ? undefined : callbackFrom(row);
    },

    list: (query) => listCallbacks({ read }, query),

    async urlOf(id) {
      const row = await read((client) =>
        client.callback.findUnique({ where: { id }, select: { url: true } }),
      );
      return row?.url == null ? null : encryption.decrypt(row.url, urlOfRow(id));
    },

    async save(next, before) {
      const { id, state, tries, lastStatus, lastError, triedSince, lastTriedAt, dueAt } = next;
      const { count } = await write((client) =>
        client.callback.updateMany({
          where: { id, state: before.state, tries: before.tries },
          data: {
            ...{ state, tries, lastStatus, lastError },
            triedSince: dateOrNull(triedSince),
            lastTriedAt: dateOrNull(lastTriedAt),
            dueAt: dateOrNull(dueAt),
            ...(state === 'delivered' ? { url: null } : {}),
          },
        }),
      );
      return count === 0 ? 'stale' : 'saved';
    },
  };
}

async function listCallbacks(
  { read }: Pick<Database, 'read'>,
  { state, limit, cursor }: CallbackQuery,
): Promise<Page<Callback>> {
  const after = cursor === null ? undefined : readCursor(cursor);
  if (after === null) throw new AppError('invalid', 'cursor: not one that this service gave');
  const rows = await read((client) =>
    client.callback.findMany({
      where: {
        ...(state === null ? {} : { state }),
        ...(after === undefined
          ? {}
          : { OR: [{ createdAt: { lt: after.time } }, { createdAt: after.time, id: { lt: after.id } }] }),
      },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: limit + 1,
    }),
  );
  return pageOf(rows, limit, ({ createdAt }) => createdAt, callbackFrom);
}
