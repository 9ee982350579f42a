import { setImmediate } from 'node:timers/promises';

/** Resolves for one caller after the other, each in a turn of the event loop of its own. */
export function createTurns(): () => Promise<void> {
  let last = Promise.resolve();
  return function turn() {
    last = last.then(() => setImmediate());
    return last;
  };
}
