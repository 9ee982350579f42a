import { setImmediate } from 'node:timers/promises';

/** Runs work in a transaction of its own; resolves when that is on disk. */
type Transaction<Client> = <T>(work: (client: Client) => Promise<T>) => Promise<T>;

interface Waiting<Client> {
  readonly work: (client: Client) => Promise<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface WriteQueue<Client> {
  readonly write: Transaction<Client>;
  /** Resolves when everything that was asked for is done. */
  readonly idle: () => Promise<void>;
}

/** More would make the first of a group wait too long. */
const largestGroup = 100;

/**
 * One transaction at a time, and in each all the work that came while the last one ran: a sync to disk costs the
 * same for one and for many. Where a group fails, each of its members is given a transaction of its own.
 */
export function writeQueue<Client>(transaction: Transaction<Client>): WriteQueue<Client> {
  const waiting: Waiting<Client>[] = [];
  let running: Promise<void> | null = null;

  async function alone({ work, resolve, reject }: Waiting<Client>): Promise<void> {
    await transaction(work).then(resolve, reject);
  }

  async function together(group: readonly Waiting<Client>[]): Promise<void> {
    const results = await transaction(async (client) => {
      const done: unknown[] = [];
      for (const { work } of group) done.push(await work(client));
      return done;
    });
    group.forEach(({ resolve }, index) => resolve(results[index]));
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      // SQLite holds the event loop up while it writes: what came in meanwhile is heard only now, and joins.
      await setImmediate();
      const group = waiting.splice(0, largestGroup);
      const [first] = group;
      if (group.length === 1 && first !== undefined) await alone(first);
      else
        await together(group).catch(async () => {
          for (const member of group) await alone(member);
        });
    }
    running = null;
  }

  return {
    write: <T>(work: (client: Client) => Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        waiting.push({ work, resolve: (result) => resolve(result as T), reject });
        running ??= run();
      }),
    idle: async () => {
      while (running !== null) await running;
    },
  };
}
