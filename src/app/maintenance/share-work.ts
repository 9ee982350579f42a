import { messageOf } from '../../domain/error.ts';
import type { Clock, Log } from '../ports/index.ts';
import type { Processes } from '../ports/processes.ts';

/** How often a process shows that it lives; it may fail to do so for as long as `lifeMs`. */
const showMs = 2_000;
/** Then others may have its work: it stops, whether or not it can ask them. */
const lifeMs = 7_000;
/** How often it is asked for work that another process has. */
const claimMs = 1_000;

interface Deps {
  readonly processes: Pick<Processes, 'claim' | 'release' | 'show'>;
  /** What one process does at a time, by its name, until its signal aborts. */
  readonly jobs: Readonly<Record<string, (signal: AbortSignal) => Promise<void>>>;
  /** Takes up what a process that was removed had begun. */
  readonly takeUp: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Does its part of what processes on one database share, until the signal aborts. Each job is done by whichever
 * process claims it; when that one is removed, another one has it within a second.
 */
export async function shareWork({ processes, jobs, takeUp, clock, log }: Deps, signal: AbortSignal) {
  let life = new AbortController();

  function end(): void {
    life.abort();
    life = new AbortController();
  }

  async function live(): Promise<void> {
    let [shownAt, isFailing] = [clock.now(), false];
    while (!signal.aborted) {
      const since = clock.now();
      try {
        const { removed, wasRemoved } = await processes.show();
        [shownAt, isFailing] = [since, false];
        if (wasRemoved) {
          end();
          log.warn({}, 'this process did not run for a while: others have taken over its work');
        }
        if (removed > 0) {
          log.warn({ processes: removed }, 'another process has ended: taking up its work');
          await takeUp();
        }
      } catch (error) {
        if (!isFailing)
          log.error({ error: messageOf(error) }, 'other processes cannot see that this one lives');
        isFailing = true;
        if (since - shownAt > lifeMs) end();
      }
      await clock.sleep(showMs, signal);
    }
  }

  async function doWhenClaimed(name: string, job: (signal: AbortSignal) => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      const { signal: lost } = life;
      if (await processes.claim(name).catch(() => false)) {
        log.info({ job: name }, 'this process does this work for all');
        await job(AbortSignal.any([signal, lost]));
        await processes.release(name).catch(() => undefined);
      }
      await clock.sleep(claimMs, signal);
    }
  }

  await Promise.all([live(), ...Object.entries(jobs).map(([name, job]) => doWhenClaimed(name, job))]);
}
