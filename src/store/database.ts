import { setTimeout as sleep } from 'node:timers/promises';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { AppError, messageOf } from '../domain/error.ts';
import { PrismaClient } from './generated/client.ts';
import type { WriteOptions } from './write-queue.ts';
import { createWriteQueue } from './write-queue.ts';

/** The client inside a transaction, or outside of one. */
export type Client = Pick<
  PrismaClient,
  | 'trigger'
  | 'timelineEntry'
  | 'delivery'
  | 'auditEntry'
  | 'callback'
  | 'playedJob'
  | 'prunedTrigger'
  | 'apiKey'
  | '$queryRaw'
  | '$executeRaw'
>;

/**
 * One SQLite file through two connections. Prisma runs a plain query that is issued during a transaction of the same
 * client inside that transaction, and loses it with a rollback: so all writes go through one queue to a client of
 * their own, and reads to another.
 */
export interface Database {
  /** @throws AppError `storage_unavailable` */
  readonly read: <T>(query: (client: Client) => Promise<T>) => Promise<T>;
  /**
   * Runs the work in a transaction, after all writes before it. Resolves when it is on disk.
   * The work must only use the client, and may be run again.
   * @throws AppError `storage_unavailable`, also when somebody else holds the database for longer than it has options
   */
  readonly write: <T>(work: (client: Client) => Promise<T>, options?: WriteOptions) => Promise<T>;
  /** Resolves when writing works. Those who ask at once are told by one look. */
  readonly check: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** SQLite holds the event loop up while it waits for a lock, so it waits briefly; we try again from here. */
const busyTimeoutMs = 20;
const busyPauseMs = 50;
/** GitLab gives up after 10 s, and has to hear before that its hook was not taken. */
const retryForMs = 4_000;
/** Orchestrators give a probe a second. */
const checkRetryForMs = 500;

/** How long one transaction may take: it holds a group of writes, none of which waits for anything but the disk. */
const transactionMs = 15_000;

/** What shows whether writing works: as large as hooks are, since there may be room for less. */
const probe = {
  id: 'probe',
  receivedAt: new Date(0),
  event: 'Probe',
  result: 'ignored',
  body: ' '.repeat(64 * 1024),
};

/** Time that only passes: nobody sets it. */
const clock = { now: () => performance.now(), sleep: (ms: number) => sleep(ms) };

/** @param url `file:…` */
export async function openDatabase(url: string): Promise<Database> {
  const writer = await connect(url);
  const reader = await connect(url);
  const queue = createWriteQueue<Client>(
    (work) => writer.$transaction((client) => lockThen(client, work), { timeout: transactionMs }),
    { isBusy, retryForMs, pauseMs: busyPauseMs, clock },
  );
  const write: Database['write'] = (work, options) => named(queue.write(work, options));
  let checking: Promise<void> | null = null;

  /** Writes, and leaves nothing behind: reading works also on a disk that is full. */
  const check = (): Promise<void> =>
    write(
      async ({ delivery }) => {
        await delivery.create({ data: probe });
        await delivery.delete({ where: { id: probe.id } });
      },
      { retryForMs: checkRetryForMs },
    );

  return {
    read: (query) => named(query(reader)),
    write,
    check: () => (checking ??= check().finally(() => (checking = null))),
    async close() {
      await queue.idle();
      await writer.$disconnect();
      await reader.$disconnect();
    },
  };
}

/**
 * A connection on which a commit survives a power cut: the default of the adapter does not promise that. What is
 * erased is overwritten, so that it cannot be read from what SQLite keeps for later use.
 */
async function connect(url: string): Promise<PrismaClient> {
  const client = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url, timeout: busyTimeoutMs }) });
  await client.$queryRaw`PRAGMA journal_mode = WAL`;
  await client.$executeRaw`PRAGMA synchronous = FULL`;
  await client.$queryRaw`PRAGMA secure_delete = ON`;
  const [mode] = await client.$queryRaw<{ journal_mode: string }[]>`PRAGMA journal_mode`;
  const [synchronous] = await client.$queryRaw<{ synchronous: bigint }[]>`PRAGMA synchronous`;
  if (mode?.journal_mode !== 'wal' || Number(synchronous?.synchronous) !== 2)
    throw new AppError(
      'storage_unavailable',
      'the database cannot be set to write-ahead logging with full syncing',
    );
  return client;
}

/**
 * Takes the lock for writing before all else, as BEGIN IMMEDIATE would, which Prisma does not know. While somebody
 * else has it that costs next to nothing, however much there is to write; and nothing is read that they may change.
 */
async function lockThen<T>(client: Client, work: (client: Client) => Promise<T>): Promise<T> {
  await client.$executeRaw`UPDATE "PrunedTrigger" SET "id" = "id" WHERE FALSE`;
  return work(client);
}

const named = <T>(query: Promise<T>): Promise<T> =>
  query.catch((error: unknown) => {
    throw asAppError(error);
  });

/** Whether somebody else holds a lock. */
export const isBusy = (error: unknown): boolean =>
  /SQLITE_BUSY|database is locked|SocketTimeout|P1008/.test(describe(error));

const describe = (error: unknown): string =>
  `${messageOf(error)} ${typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''}`;

/** Our own mistakes stay what they are; everything else that a query meets is trouble with the storage. */
function asAppError(error: unknown): unknown {
  const isOurs =
    error instanceof AppError || (error instanceof Error && error.name === 'PrismaClientValidationError');
  if (isOurs) return error;
  // Prisma tells at length which call of ours it was; what happened comes last.
  const what = messageOf(error).split('\n').at(-1) ?? '';
  return new AppError('storage_unavailable', `the database cannot be used: ${what}`);
}
