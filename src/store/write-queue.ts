import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../app/ports/index.ts';

/** Runs work in a transaction of its own; resolves when that is on disk. */
type Transaction<Client> = <T>(work: (client: Client) => Promise<T>) => Promise<T>;

/** What has a transaction of the queue, and what makes its own. */
type Work<Client> =
  { readonly inside: (client: Client) => Promise<unknown> } | { readonly elsewhere: () => Promise<unknown> };

interface Waiting<Client> {
  readonly work: Work<Client>;
  readonly giveUpAt: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** How long one piece of work goes on trying while somebody else holds the database. */
export interface WriteOptions {
  /** When the wait began, by the queue's clock; now unless given. */
  readonly since?: number;
  /** The queue's own unless given. */
  readonly retryForMs?: number;
}

export interface WriteQueue<Client> {
  readonly write: <T>(work: (client: Client) => Promise<T>, options?: WriteOptions) => Promise<T>;
  /** Runs what writes over a connection of its own. It takes turns with the transactions of the queue. */
  readonly writeElsewhere: <T>(work: () => Promise<T>, options?: WriteOptions) => Promise<T>;
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

  let wasElsewhere = false;

  const isElsewhere = ({ work }: Waiting<Client>): boolean => 'elsewhere' in work;

  /** Moves those whose turn it is to the head of the line: all of a transaction, or one that makes its own. */
  function nextGroup(): readonly Waiting<Client>[] {
    const { elsewhere = [], inside = [] } = Object.groupBy(waiting, (each) =>
      isElsewhere(each) ? 'elsewhere' : 'inside',
    );
    wasElsewhere = elsewhere.length > 0 && !(wasElsewhere && inside.length > 0);
    waiting = wasElsewhere ? [...elsewhere, ...inside] : [...inside, ...elsewhere];
    return wasElsewhere ? elsewhere.slice(0, 1) : inside.slice(0, largestGroup);
  }

  async function together(group: readonly Waiting<Client>[]): Promise<void> {
    const results = await (group.some(isElsewhere)
      ? runAll(group)
      : transaction((client) => runAll(group, client)));
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
      await serve(nextGroup()).catch(async (error: unknown) => {
        refuseImpatient(error);
        await clock.sleep(pauseMs);
      });
    }
    running = null;
  }

  const add = <T>(work: Work<Client>, options: WriteOptions = {}): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const giveUpAt = (options.since ?? clock.now()) + (options.retryForMs ?? retryForMs);
      waiting.push({ work, giveUpAt, resolve: (result) => resolve(result as T), reject });
      running ??= run();
    });

  return {
    write: (work, options) => add({ inside: work }, options),
    writeElsewhere: (work, options) => add({ elsewhere: work }, options),
    idle: async () => {
      while (running !== null) await running;
    },
  };
}

/** One after the other. @param client of the transaction that they share; what makes its own needs none */
async function runAll<Client>(group: readonly Waiting<Client>[], client?: Client): Promise<unknown[]> {
  const done: unknown[] = [];
  for (const { work } of group)
    done.push(await ('elsewhere' in work ? work.elsewhere() : work.inside(client as Client)));
  return done;
}
