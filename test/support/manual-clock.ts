import type { Clock } from '../../src/app/ports.ts';

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves the time on, and wakes whoever has slept long enough. */
  readonly advance: (ms: number) => void;
  /** How long each of those who sleep now wanted to sleep. */
  readonly sleeping: () => readonly number[];
}

export function createManualClock(start = Date.UTC(2026, 0, 1)): ManualClock {
  let now = start;
  const sleepers = new Set<{ readonly ms: number; readonly until: number; readonly wake: () => void }>();
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const wake = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper = { ms, until: now + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', wake, { once: true });
        if (signal?.aborted === true) wake();
      }),
    advance: (ms) => {
      now += ms;
      for (const { until, wake } of [...sleepers]) if (until <= now) wake();
    },
    sleeping: () => [...sleepers].map(({ ms }) => ms),
  };
}

/** A clock on which nobody has to wait: sleeping moves it on. */
export function createHastyClock(start = Date.UTC(2026, 0, 1)): Clock & { readonly slept: number[] } {
  let now = start;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: (ms) => {
      slept.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}
