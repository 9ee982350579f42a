import type { Clock } from '../../src/app/ports/index.ts';

/** A clock that only a test moves. */
export interface FakeClock extends Clock {
  /** How long each of those who sleep now still has to sleep, in milliseconds, the soonest first. */
  readonly sleeping: () => readonly number[];
  /** Moves the time on, from one sleeper to the next: each wakes at its own time and goes on before the next does. */
  readonly advance: (ms: number) => Promise<void>;
}

/** Resolves when everything that waits for nothing but other promises is done. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export function createFakeClock(start = Date.UTC(2026, 0, 1)): FakeClock {
  let now = start;
  const sleepers = new Set<Sleeper>();
  const bySoonest = (): Sleeper[] => [...sleepers].toSorted((one, other) => one.at - other.at);

  return {
    now: () => now,
    sleeping: () => bySoonest().map(({ at }) => at - now),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const wake = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper = { at: now + Math.max(ms, 0), wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', wake, { once: true });
        if (signal?.aborted === true) wake();
      }),
    async advance(ms) {
      const end = now + ms;
      await settled();
      for (let next = bySoonest()[0]; next !== undefined && next.at <= end; next = bySoonest()[0]) {
        now = Math.max(now, next.at);
        next.wake();
        await settled();
      }
      now = end;
    },
  };
}
