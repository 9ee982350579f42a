import type { Clock } from '../../src/app/ports.ts';
import { systemClock } from '../../src/clock.ts';

/**
 * A clock that runs so many times as fast as the real one. Unlike on a hasty clock a minute is waited for, though
 * shortly, and what several do at the same time keeps its proportions.
 */
export function createSwiftClock(speed: number, start = Date.UTC(2026, 0, 1)): Clock {
  const since = performance.now();
  return {
    now: () => Math.round(start + (performance.now() - since) * speed),
    sleep: (ms, signal) => systemClock.sleep(ms / speed, signal),
  };
}
