import { setImmediate } from 'node:timers/promises';
import { AppError } from '../domain/error.ts';

/** Adds one item to the group that is committed next; resolves when it is on disk. */
export type AddToGroup<Item, Result> = (item: Item, bytes: number) => Promise<Result>;

/** How long a first item waits for company while no commit is under way, where the last group had some. */
const gatherMs = 2;
const largestGroup = 500;
/** So many are answered before the event loop has its turn: with each answer comes work of its own. */
const portion = 100;

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly bytes: number;
  readonly since: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Commits in groups what arrived while the last commit ran: a sync to disk costs the same for one row and for many.
 * @param commitAll gives one result per item, in their order; `since` is when the first of them came, by `now`
 * @throws AppError `storage_unavailable` when more waits than `limits` allow
 */
export function createGroupCommit<Item, Result>(
  commitAll: (items: readonly Item[], since: number) => Promise<readonly Result[]>,
  limits: { readonly items: number; readonly bytes: number },
  now: () => number = () => performance.now(),
): AddToGroup<Item, Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let waitingBytes = 0;
  let isRunning = false;
  let hadCompany = false;

  async function commitGroup(group: readonly Waiting<Item, Result>[]): Promise<void> {
    const items = group.map(({ item }) => item);
    const answer = await commitAll(items, group[0]?.since ?? now()).then(
      (results) => (member: Waiting<Item, Result>, index: number) => member.resolve(results[index] as Result),
      (error: unknown) => (member: Waiting<Item, Result>) => member.reject(error),
    );
    for (const [index, member] of group.entries()) {
      if (index % portion === portion - 1) await setImmediate();
      answer(member, index);
    }
  }

  async function run(): Promise<void> {
    isRunning = true;
    // What one turn of the event loop brings goes together in any case.
    await (hadCompany ? new Promise((resolve) => setTimeout(resolve, gatherMs)) : setImmediate());
    while (waiting.length > 0) {
      const group = waiting.slice(0, largestGroup);
      waiting = waiting.slice(largestGroup);
      hadCompany = group.length > 1;
      await commitGroup(group);
      waitingBytes -= group.reduce((sum, { bytes }) => sum + bytes, 0);
    }
    isRunning = false;
  }

  return function commit(item, bytes) {
    if (waiting.length >= limits.items || waitingBytes + bytes > limits.bytes)
      return Promise.reject(
        new AppError('storage_unavailable', 'more is waiting to be stored than the queue holds'),
      );
    return new Promise((resolve, reject) => {
      waiting.push({ item, bytes, since: now(), resolve, reject });
      waitingBytes += bytes;
      if (!isRunning) void run();
    });
  };
}
