import type { Clock } from '../app/ports/index.ts';

/** The longest time that a timer of Node accepts. */
const longestMs = 2 ** 31 - 1;

/** The time of day at the start, plus the time passed since: changes of the system clock have no effect. */
export const systemClock: Clock = {
  now: () => Math.round(performance.timeOrigin + performance.now()),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.min(Math.max(ms, 0), longestMs));
      if (signal?.aborted === true) wake();
      else signal?.addEventListener('abort', wake, { once: true });
    }),
};

/**
 * The machine's present time of day, in milliseconds since the epoch, with which times in signatures are compared. A
 * clock that was wrong at the start counts as soon as it is corrected.
 */
export const timeOfDay = (): number => Date.now();
