import { setTimeout as sleep } from 'node:timers/promises';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { Log } from '../app/ports/index.ts';
import { AppError, messageOf } from '../domain/error.ts';
import type { Dialect } from './dialect.ts';
import { sqliteDialect } from './dialect.ts';
import { createFileCheck } from './file-identity.ts';
import { PrismaClient } from './generated/client.ts';
import type { Inserted } from './inbox-thread.ts';
import { createInboxThread } from './inbox-thread.ts';
import type { InboxColumns } from './inbox-columns.ts';
import { inboxColumns } from './inbox-columns.ts';
import { createProblemLog, describe, fileProblem, fileProblemOf } from './storage-problem.ts';
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
  | 'retriedJob'
  | 'childPipeline'
  | 'prunedTrigger'
  | 'apiKey'
  | '$queryRaw'
  | '$executeRaw'
>;

/** What the stores work with, whatever kind of database it is. */
export interface Database {
  readonly dialect: Dialect;
  /** @throws AppError `storage_unavailable` */
  readonly read: <T>(query: (client: Client) => Promise<T>) => Promise<T>;
  /**
   * Runs the work in a transaction, after all writes before it. Resolves when it is on disk.
   * The work must only use the client, and may be run again.
   * @throws AppError `storage_unavailable`, also when somebody else holds the database for longer than it has options
   */
  readonly write: <T>(work: (client: Client) => Promise<T>, options?: WriteOptions) => Promise<T>;
  /**
   * Adds to the inbox what is not there; resolves when all of it is on disk.
   * @param since when the first of them came, by `performance.now`
   * @throws AppError `storage_unavailable`
   */
  readonly addToInbox: (rows: readonly InboxColumns[], since: number) => Promise<Inserted>;
  /** Resolves when reading and writing work. Several calls made concurrently share one check. */
  readonly check: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * One SQLite file through two connections. Prisma runs a plain query that is issued during a transaction of the same
 * client inside that transaction, and loses it with a rollback: so all writes go through one queue to a client of
 * their own, and reads to another.
 */
export interface SqliteDatabase extends Database {
  /**
   * Whether another process, or the inbox of this one, has stored something since this was asked before. Costs no
   * more than a look at shared memory. @throws AppError `storage_unavailable`
   */
  readonly wasChangedByOthers: () => Promise<boolean>;
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

/** The write-ahead log is cut back to so much once it has grown in a rush: twice of what it needs in quiet times. */
const journalBytes = 8 * 2 ** 20;

/** What shows whether writing works: as large as hooks are, since there may be room for less. */
export const probe = {
  id: 'probe',
  receivedAt: new Date(0),
  event: 'Probe',
  result: 'ignored',
  body: ' '.repeat(64 * 1024),
};

/** Time that only passes: nobody sets it. */
const clock = { now: () => performance.now(), sleep: (ms: number) => sleep(ms) };

const noLog: Pick<Log, 'error'> = { error: () => undefined };

/**
 * @param url `file:…`
 * @param log is given one line when the file itself is at fault
 */
export async function openDatabase(url: string, log: Pick<Log, 'error'> = noLog): Promise<SqliteDatabase> {
  const file = url.replace(/^file:/, '');
  const problems = createProblemLog(file, log);
  const writer = await connect(url);
  const reader = await connect(url);
  const findReplaced = createFileCheck(file);
  const queue = createWriteQueue<Client>(
    async (work) => {
      if (isReplaced()) throw fileProblem('replaced');
      return writer.$transaction((client) => lockThen(client, work), { timeout: transactionMs });
    },
    { isBusy, retryForMs, pauseMs: busyPauseMs, clock },
  );
  const inbox = createInboxThread({ file, busyTimeoutMs, pragmas, insert: insertIntoInbox });
  const write: Database['write'] = (work, options) => named(queue.write(work, options));
  const read: Database['read'] = (query) => named(query(reader));
  let checking: Promise<void> | null = null;
  let knownVersion = await dataVersion(writer);

  /** Whether what is written would be gone with this process. */
  function isReplaced(): boolean {
    const isGone = findReplaced() !== null;
    problems[isGone ? 'found' : 'gone']('replaced');
    return isGone;
  }

  async function named<T>(query: Promise<T>): Promise<T> {
    try {
      return await query;
    } catch (error) {
      const problem = fileProblemOf(error);
      if (problem === null) throw asAppError(error);
      problems.found(problem);
      throw fileProblem(problem);
    }
  }

  /**
   * Writes, and leaves nothing behind: reading works also on a disk that is full. Then reads, which has to come from
   * the disk: by the commit before it, what the reader has in memory is out of date.
   */
  async function check(): Promise<void> {
    await write(
      async ({ delivery }) => {
        await delivery.create({ data: probe });
        await delivery.delete({ where: { id: probe.id } });
      },
      { retryForMs: checkRetryForMs },
    );
    await read(({ delivery }) => delivery.findFirst({ where: { id: probe.id } }));
  }

  async function insert(rows: readonly InboxColumns[]): Promise<Inserted> {
    if (isReplaced()) throw fileProblem('replaced');
    return inbox.insert(rows.map(asSqliteValues));
  }

  return {
    dialect: sqliteDialect,
    read,
    write,
    addToInbox: (rows, since) => named(queue.writeElsewhere(() => insert(rows), { since })),
    async wasChangedByOthers() {
      // Asked often, it notices before the next write does.
      isReplaced();
      const version = await named(dataVersion(writer));
      const isChanged = version !== knownVersion;
      knownVersion = version;
      return isChanged;
    },
    check: () => (checking ??= check().finally(() => (checking = null))),
    async close() {
      await queue.idle();
      await inbox.close();
      await writer.$disconnect();
      await reader.$disconnect();
    },
  };
}

/** Of each connection. */
const pragmas = [
  'journal_mode = WAL',
  'synchronous = FULL',
  'secure_delete = ON',
  `journal_size_limit = ${journalBytes}`,
] as const;

const insertIntoInbox = `INSERT INTO "Delivery" (${inboxColumns.map((name) => `"${name}"`).join(', ')})
  VALUES (${inboxColumns.map(() => '?').join(', ')}) ON CONFLICT DO NOTHING`;

/** Times as Prisma's adapter writes them. */
const asSqliteValues = (row: InboxColumns) =>
  inboxColumns.map((name) => {
    const value = row[name];
    return value instanceof Date ? value.toISOString().replace('Z', '+00:00') : value;
  });

/**
 * A connection on which a commit survives a power cut: the default of the adapter does not promise that. What is
 * erased is overwritten, so that it cannot be read from what SQLite keeps for later use.
 */
async function connect(url: string): Promise<PrismaClient> {
  const client = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url, timeout: busyTimeoutMs }) });
  for (const pragma of pragmas) await client.$queryRawUnsafe(`PRAGMA ${pragma}`);
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

/**
 * Grows with each commit of another connection, not with those of this one: asked of the writer, it shows those of other
 * processes only. Source: https://www.sqlite.org/pragma.html#pragma_data_version
 */
async function dataVersion(client: PrismaClient): Promise<number> {
  const [row] = await client.$queryRaw<{ data_version: bigint }[]>`PRAGMA data_version`;
  return Number(row?.data_version);
}

/** Whether somebody else holds a lock. */
export const isBusy = (error: unknown): boolean =>
  /SQLITE_BUSY|database is locked|SocketTimeout|P1008/.test(describe(error));

/** Our own mistakes stay what they are; everything else that a query meets is trouble with the storage. */
export function asAppError(error: unknown): unknown {
  const isOurs =
    error instanceof AppError || (error instanceof Error && error.name === 'PrismaClientValidationError');
  if (isOurs) return error;
  // Prisma says at length which call it was; what happened comes last.
  const what = messageOf(error).split('\n').at(-1) ?? '';
  return new AppError('storage_unavailable', `the database cannot be used: ${what}`);
}
