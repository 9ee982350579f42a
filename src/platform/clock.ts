import type { Clock } from '../app/ports/index.ts';

/** The longest time a timer of Node takes. */
const longestMs = 2 ** 31 - 1;

/** The time of day at the start, plus the time that has passed since: somebody setting the clock changes nothing. */
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
 * The time of day as this machine has it now, in milliseconds since the epoch: what others signed and put a time to is
 * compared with it. A clock that was wrong at the start and was set right counts from then on.
 */
export const timeOfDay = (): number => Date.now();
