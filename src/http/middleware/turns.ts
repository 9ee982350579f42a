import { setImmediate } from 'node:timers/promises';
import { createKeyedMutex } from '../../app/concurrency.ts';

/** Resolves for one caller after the other, each in a turn of the event loop of its own. */
export function createTurns(): () => Promise<void> {
  let last = Promise.resolve();
  return function turn() {
    last = last.then(() => setImmediate());
    return last;
  };
}

/**
 * The same work, one call after the other: for what takes several turns of the event loop, in each of which those of
 * several callers would come together.
 */
export function oneByOne<Args extends readonly unknown[], Result>(work: (...args: Args) => Promise<Result>) {
  const inOrder = createKeyedMutex();
  return function workAlone(...args: Args): Promise<Result> {
    return inOrder('', async () => {
      await setImmediate();
      return work(...args);
    });
  };
}
