import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../app/ports/index.ts';

/** Runs work in a transaction of its own; resolves when that is on disk. */
type Transaction<Client> = <T>(work: (client: Client) => Promise<T>) => Promise<T>;

interface Waiting<Client> {
  readonly work: (client: Client) => Promise<unknown>;
  readonly giveUpAt: number;
  readonly isUrgent: boolean;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** How long one piece of work goes on trying while somebody else holds the database, and whether it can wait. */
export interface WriteOptions {
  /** When the wait began, by the queue's clock; now unless given. */
  readonly since?: number;
  /** The queue's own unless given. */
  readonly retryForMs?: number;
  /** Somebody outside is held until it is done: it comes before all that is not. */
  readonly isUrgent?: boolean;
}

export interface WriteQueue<Client> {
  readonly write: <T>(work: (client: Client) => Promise<T>, options?: WriteOptions) => Promise<T>;
  /** Resolves when everything that was asked for is done. */
  readonly idle: () => Promise<void>;
}

interface Busy {
  /** Whether an error says that somebody else holds the database. */
  readonly isBusy: (error: unknown) => boolean;
  readonly retryForMs: number;
  /** Between two tries. */
  readonly pauseMs: number;
  /** How many pieces of work share a transaction at most. */
  readonly largestGroup?: number;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
}

/** More would make the first of a group wait too long. */
const mostTogether = 100;

/**
 * One transaction at a time, and in each all the work that came while the last one ran: a sync to disk costs the
 * same for one and for many. Where a group fails, each of its members is given a transaction of its own.
 * While somebody else holds the database all wait together, each for as long as it has options.
 */
export function createWriteQueue<Client>(
  transaction: Transaction<Client>,
  { isBusy, retryForMs, pauseMs, largestGroup = mostTogether, clock }: Busy,
): WriteQueue<Client> {
  let waiting: Waiting<Client>[] = [];
  let running: Promise<void> | null = null;

  async function together(group: readonly Waiting<Client>[]): Promise<void> {
    const results = await transaction(async (client) => {
      const done: unknown[] = [];
      for (const { work } of group) done.push(await work(client));
      return done;
    });
    group.forEach(({ resolve }, index) => resolve(results[index]));
  }

  /** Answers the first in line. @throws what says that the database is busy: then they stay where they are */
  async function serve(group: readonly Waiting<Client>[]): Promise<void> {
    try {
      await together(group);
    } catch (error) {
      if (isBusy(error)) throw error;
      if (group.length > 1) return serveEachAlone(group);
      group[0]?.reject(error);
    }
    waiting.splice(0, group.length);
  }

  async function serveEachAlone(group: readonly Waiting<Client>[]): Promise<void> {
    for (const member of group) {
      await setImmediate();
      await serve([member]);
    }
  }

  /** Rejects the writes whose time to wait is over, whether or not they were tried. */
  function refuseImpatient(error: unknown): void {
    const now = clock.now();
    const { late = [], patient = [] } = Object.groupBy(waiting, ({ giveUpAt }) =>
      giveUpAt <= now ? 'late' : 'patient',
    );
    waiting = patient;
    for (const { reject } of late) reject(error);
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      // SQLite holds the event loop up while it writes: what came in meanwhile is heard only now, and joins.
      await setImmediate();
      waiting = urgentFirst(waiting);
      await serve(waiting.slice(0, largestGroup)).catch(async (error: unknown) => {
        refuseImpatient(error);
        await clock.sleep(pauseMs);
      });
    }
    running = null;
  }

  return {
    write: <T>(work: (client: Client) => Promise<T>, options: WriteOptions = {}) =>
      new Promise<T>((resolve, reject) => {
        const isUrgent = options.isUrgent === true;
        const giveUpAt = (options.since ?? clock.now()) + (options.retryForMs ?? retryForMs);
        waiting.push({ work, giveUpAt, isUrgent, resolve: (result) => resolve(result as T), reject });
        running ??= run();
      }),
    idle: async () => {
      while (running !== null) await running;
    },
  };
}

const urgentFirst = <Client>(waiting: readonly Waiting<Client>[]): Waiting<Client>[] => [
  ...waiting.filter(({ isUrgent }) => isUrgent),
  ...waiting.filter(({ isUrgent }) => !isUrgent),
];
