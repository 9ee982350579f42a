import { setTimeout as sleep } from 'node:timers/promises';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { AppError, messageOf } from '../domain/error.ts';
import { PrismaClient } from './generated/client.ts';
import { writeQueue } from './write-queue.ts';

/** The client inside a transaction, or outside of one. */
export type Client = Pick<
  PrismaClient,
  | 'trigger'
  | 'timelineEntry'
  | 'delivery'
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
   */
  readonly write: <T>(work: (client: Client) => Promise<T>) => Promise<T>;
  /** Resolves when writing works. */
  readonly check: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** `busy_timeout` holds the event loop up, so it is short, and what is busy for longer is tried again from here. */
const busyTimeoutMs = 100;
const busyRetries = 20;
const busyPauseMs = 100;

/** How long one transaction may take: it holds a group of writes, none of which waits for anything but the disk. */
const transactionMs = 15_000;

/** The row that shows whether writing works. */
const probe = { id: 'probe' };

/** @param url `file:…` */
export async function openDatabase(url: string): Promise<Database> {
  const writer = await connect(url);
  const reader = await connect(url);
  const transaction = <T>(work: (client: Client) => Promise<T>): Promise<T> =>
    withRetries(() => writer.$transaction((client) => work(client), { timeout: transactionMs }));
  const { write, idle } = writeQueue(transaction);

  return {
    read: (query) => named(query(reader)),
    write,
    async check() {
      // Writes, and leaves nothing behind: reading works also on a disk that is full.
      await write(async ({ prunedTrigger }) => {
        await prunedTrigger.upsert({ where: probe, create: { ...probe, prunedAt: new Date() }, update: {} });
        await prunedTrigger.delete({ where: probe });
      });
    },
    async close() {
      await idle();
      await writer.$disconnect();
      await reader.$disconnect();
    },
  };
}

/** A connection on which a commit survives a power cut: the default of the adapter does not promise that. */
async function connect(url: string): Promise<PrismaClient> {
  const client = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url, timeout: busyTimeoutMs }) });
  await client.$queryRaw`PRAGMA journal_mode = WAL`;
  await client.$executeRaw`PRAGMA synchronous = FULL`;
  const [mode] = await client.$queryRaw<{ journal_mode: string }[]>`PRAGMA journal_mode`;
  const [synchronous] = await client.$queryRaw<{ synchronous: bigint }[]>`PRAGMA synchronous`;
  if (mode?.journal_mode !== 'wal' || Number(synchronous?.synchronous) !== 2)
    throw new AppError(
      'storage_unavailable',
      'the database cannot be set to write-ahead logging with full syncing',
    );
  return client;
}

async function withRetries<T>(attempt: () => Promise<T>, retries = busyRetries): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!isBusy(error) || retries === 0) throw asAppError(error);
    await sleep(busyPauseMs);
    return withRetries(attempt, retries - 1);
  }
}

const named = <T>(query: Promise<T>): Promise<T> =>
  query.catch((error: unknown) => {
    throw asAppError(error);
  });

const isBusy = (error: unknown): boolean =>
  /SQLITE_BUSY|database is locked|SocketTimeout|P1008/.test(describe(error));

const describe = (error: unknown): string =>
  `${messageOf(error)} ${typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''}`;

/** Our own mistakes stay what they are; everything else that a query meets is trouble with the storage. */
function asAppError(error: unknown): unknown {
  const isOurs =
    error instanceof AppError || (error instanceof Error && error.name === 'PrismaClientValidationError');
  return isOurs
    ? error
    : new AppError('storage_unavailable', `the database cannot be used: ${messageOf(error)}`);
}
