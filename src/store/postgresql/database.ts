import { setTimeout as sleep } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import type { Client, Database } from '../database.ts';
import { asAppError, probe } from '../database.ts';
import { PrismaClient } from '../generated-postgresql/client.ts';
import { describe } from '../storage-problem.ts';
import type { WriteQueue } from '../write-queue.ts';
import { createWriteQueue } from '../write-queue.ts';
import { createPool } from './connection.ts';
import { postgresqlDialect } from './dialect.ts';
import { insertIntoInbox } from './insert-into-inbox.ts';
import { Unconfirmed } from './unconfirmed.ts';

/** Connections of one process, besides the one that listens: `docs/postgresql.md` counts on it. */
export const connections = { write: 4, read: 4 } as const;

/** How long a write is tried again while the server restarts; GitLab gives up on its hook after 10 s. */
const retryForMs = 4_000;
const checkRetryForMs = 500;
const busyPauseMs = 100;
/** Writes that share a transaction: each is a few round trips, and the others wait for them. */
const largestGroup = 25;
/** What a transaction may take altogether, and what it may wait for a connection. */
const transactionLimits = { timeout: 15_000, maxWait: 4_000 };

/** PostgreSQL, through Prisma's client made for it: its models are those of SQLite, numbers of rows aside. */
export interface PostgresqlDatabase extends Database {
  /** For statements of one round trip. */
  readonly pool: pg.Pool;
  /** Is called after each transaction that wrote something, except to the inbox. */
  readonly onWritten: (listener: () => void) => void;
  /** Resolves when nothing is being written. */
  readonly idle: () => Promise<void>;
}

const clock = { now: () => performance.now(), sleep: (ms: number) => sleep(ms) };

/** Opens a database whose schema is up to date. */
export function openPostgresql(url: string): PostgresqlDatabase {
  const pools = {
    write: createPool({ url, max: connections.write, purpose: 'write' }),
    read: createPool({ url, max: connections.read, purpose: 'read' }),
  };
  const writer = connect(pools.write);
  const reader = connect(pools.read);
  const listeners: (() => void)[] = [];
  // One connection is the inbox's: no hook waits for a transaction.
  const lanes = Array.from({ length: connections.write - 1 }, () => createLane(writer));
  const inboxLane = createLane(writer);
  let checking: Promise<void> | null = null;

  const read: Database['read'] = async (query) => {
    try {
      return await query(reader.client);
    } catch (error) {
      throw asAppError(error);
    }
  };

  async function named<T>(written: Promise<T>): Promise<T> {
    try {
      return await written;
    } catch (error) {
      throw asAppError(error instanceof Unconfirmed ? error.cause : error);
    }
  }

  const write: Database['write'] = async (work, options) => {
    const result = await named(leastBusy(lanes).write(work, options));
    for (const listener of listeners) listener();
    return result;
  };

  /** Writes and leaves nothing behind: the probe is removed in its own transaction. */
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

  const idle = async (): Promise<void> => {
    await Promise.all([...lanes, inboxLane].map((lane) => lane.idle()));
  };

  return {
    dialect: postgresqlDialect,
    pool: pools.read,
    read,
    write,
    // No listener is called: other processes follow what becomes of triggers, not what was received.
    addToInbox: (rows, since) =>
      named(inboxLane.writeElsewhere(() => insertIntoInbox(pools.write, rows), { since })),
    onWritten: (listener) => void listeners.push(listener),
    check: () => (checking ??= check().finally(() => (checking = null))),
    idle,
    async close() {
      await idle();
      await Promise.all([writer.close(), reader.close()]);
      await Promise.all([pools.write.end(), pools.read.end()]);
    },
  };
}

interface Connected {
  readonly client: Client;
  readonly transaction: <T>(work: (client: Client) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

function connect(pool: pg.Pool): Connected {
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { onPoolError: () => undefined }) });
  return {
    client: asClient(prisma),
    transaction: (work) => prisma.$transaction((client) => work(asClient(client)), transactionLimits),
    close: () => prisma.$disconnect(),
  };
}

/** The two generated clients have the same models; here only what counts rows is a bigint, which its readers know. */
const asClient = (client: unknown): Client => client as Client;

interface Lane extends WriteQueue<Client> {
  readonly waiting: () => number;
}

/** One transaction at a time; several lanes write beside each other. */
function createLane({ transaction }: Connected): Lane {
  const queue = createWriteQueue<Client>((work) => withoutConflict(transaction, work), {
    isBusy: isPassing,
    retryForMs,
    pauseMs: busyPauseMs,
    largestGroup,
    clock,
  });
  let waiting = 0;
  return {
    ...queue,
    write: (work, options) => {
      waiting += 1;
      return queue.write(work, options).finally(() => (waiting -= 1));
    },
    waiting: () => waiting,
  };
}

const leastBusy = (lanes: readonly Lane[]): Lane =>
  lanes.reduce((best, lane) => (lane.waiting() < best.waiting() ? lane : best));

/** How often a transaction begins anew that another one got in the way of. */
const mostTries = 5;

/**
 * Runs the work in a transaction. Another process may store the same key meanwhile, or wait for what this one holds:
 * then the work begins anew, and finds what the other has stored.
 * @throws Unconfirmed when it was to be committed, and no answer came
 */
async function withoutConflict<T>(
  transaction: Connected['transaction'],
  work: (client: Client) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const reached = { commit: false };
    try {
      return await transaction(async (client) => {
        await client.$executeRaw`SELECT set_config('lock_timeout', '4s', true),
          set_config('idle_in_transaction_session_timeout', '10s', true)`;
        const result = await work(client);
        reached.commit = true;
        return result;
      });
    } catch (error) {
      if (isConflict(error) && attempt < mostTries) continue;
      throw reached.commit ? new Unconfirmed('not confirmed', { cause: error }) : error;
    }
  }
}

/** A unique key that is taken, a deadlock, or a write that another one has overtaken. */
const isConflict = (error: unknown): boolean =>
  /\bP2002\b|\bP2034\b|\b40P01\b|\b40001\b/.test(describe(error));

/** The server is away, or comes back soon; what was begun has not been carried out. */
const isPassing = (error: unknown): boolean =>
  !(error instanceof Unconfirmed) &&
  /\bP1001\b|\bP1002\b|\bP1008\b|\bP1017\b|\bP2024\b|\bP2028\b|\bP2037\b|\b57P0[123]\b|\b53300\b|\b08\w{3}\b|\bECONN\w+\b|\bEPIPE\b|connection terminated|not answered for|Connection ended/i.test(
    describe(error),
  );
