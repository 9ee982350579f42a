import type { Clock } from '../../src/app/ports/index.ts';
import { systemClock } from '../../src/platform/clock.ts';

/** How many times as fast as the system's clock: a minute passes in a second. */
const usualPace = 60;

/**
 * A clock that runs faster than real time, for processes that must agree on the time. Sleeping still takes a proportional
 * part of real time, so that concurrent work keeps its order.
 * @param since from which moment on it is ahead of the time of day, in milliseconds since the epoch
 */
export const createInstantClock = (since: number, pace = usualPace): Clock => ({
  now: () => Math.round(since + (systemClock.now() - since) * pace),
  sleep: (ms, signal) => systemClock.sleep(ms / pace, signal),
});
