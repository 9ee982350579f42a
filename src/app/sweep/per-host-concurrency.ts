type Task = () => Promise<void>;

/** Runs tasks for several GitLabs, few concurrently for each: no GitLab delays the tasks of another. */
export interface HostConcurrency {
  /** Has the task done as soon as it is its turn. It must not throw. */
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
