import type { Clock } from '../../src/app/ports/index.ts';
import { systemClock } from '../../src/platform/clock.ts';

/** How many times as fast as ours: a minute passes in a second. */
const usualPace = 60;

/**
 * A clock that hurries, for all who have to agree on the time. Unlike on a hasty clock a minute is waited for, though
 * shortly, and what several do at the same time keeps its proportions.
 * @param since from which moment on it is ahead of the time of day, in milliseconds since the epoch
 */
export const createInstantClock = (since: number, pace = usualPace): Clock => ({
  now: () => Math.round(since + (systemClock.now() - since) * pace),
  sleep: (ms, signal) => systemClock.sleep(ms / pace, signal),
});
