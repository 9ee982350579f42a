import type { Clock } from './ports/index.ts';

/** Runs work with the same key one after the other, and work with different keys concurrently. */
export function createKeyedMutex(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return async function runInTurn(key, work) {
    const before = last.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.catch(() => undefined);
    last.set(key, settled);
    try {
      return await mine;
    } finally {
      if (last.get(key) === settled) last.delete(key);
    }
  };
}

/** How many tests or resends GitLab allows for one project in a minute. Source: GitLab doc/api/project_webhooks.md */
const quota = 5;
const quotaPeriodMs = 60_000;

/** Keeps within GitLab's limit. @returns 0: allowed, and counted; else how long to wait, in milliseconds */
export type CallQuota = (key: string) => number;

/** @param clock calls are counted for a minute, so that no minute of GitLab's has more than five */
export function createCallQuota(clock: Pick<Clock, 'now'>): CallQuota {
  const taken = new Map<string, readonly number[]>();
  return function takeCall(key) {
    const now = clock.now();
    const recent = (taken.get(key) ?? []).filter((at) => at > now - quotaPeriodMs);
    const [oldest] = recent;
    if (oldest !== undefined && recent.length >= quota) return oldest + quotaPeriodMs - now;
    taken.set(key, [...recent, now]);
    return 0;
  };
}

type Task = () => Promise<void>;

/** Runs tasks for several GitLabs, few concurrently for each: no GitLab delays the tasks of another. */
export interface HostConcurrency {
  /** Runs the task as soon as its host has a free place. The task must not throw. */
  readonly add: (gitlabUrl: string, task: Task) => void;
  /** Resolves when nothing is left to do. */
  readonly idle: () => Promise<void>;
}

/** @param width the most concurrent tasks for each GitLab */
export function createHostConcurrency(width: number): HostConcurrency {
  const waiting = new Map<string, Task[]>();
  const working = new Map<Promise<void>, string>();

  async function work(url: string): Promise<void> {
    for (let task = waiting.get(url)?.shift(); task !== undefined; task = waiting.get(url)?.shift())
      await task();
  }

  const workersOf = (gitlabUrl: string): number =>
    [...working.values()].filter((url) => url === gitlabUrl).length;

  return {
    add(gitlabUrl, task) {
      waiting.set(gitlabUrl, [...(waiting.get(gitlabUrl) ?? []), task]);
      if (workersOf(gitlabUrl) >= width) return;
      const worker = work(gitlabUrl).finally(() => working.delete(worker));
      working.set(worker, gitlabUrl);
    },
    async idle() {
      await Promise.all(working.keys());
    },
  };
}
