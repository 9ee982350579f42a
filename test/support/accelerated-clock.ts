import type { Clock } from '../../src/app/ports/index.ts';

/** A clock on which nobody has to wait: sleeping moves it on. */
export function createAcceleratedClock(start = Date.UTC(2026, 0, 1)): Clock & { readonly slept: number[] } {
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
