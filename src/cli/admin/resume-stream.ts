import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../client/errors.ts';
import type { StreamItem } from '../../client/read-events.ts';
import { exitCodes } from './exit-codes.ts';

const pauseMs = 1_000;
/** For how long a service may be unreachable, as while it is replaced. */
const timeoutMs = 60_000;

/** Whether the service could not be reached, or the stream broke off: the service may come back. */
export const isAway = (error: unknown): boolean =>
  error instanceof TypeError || (error instanceof Failure && error.exitCode === exitCodes.unreachable);

/**
 * The items of a stream, across restarts of the service: after a break it is opened again.
 * @param isDone whether a stream that has ended was complete
 * @throws Failure when the service cannot be reached at first, or for a minute, or refuses
 */
export async function* resumeStream(
  open: () => AsyncIterable<StreamItem>,
  isDone: () => boolean,
): AsyncGenerator<StreamItem> {
  for (let lastEventAt = -Infinity; ;) {
    try {
      for await (const item of open()) {
        lastEventAt = performance.now();
        yield item;
      }
      if (isDone()) return;
    } catch (error) {
      if (!isAway(error) || performance.now() - lastEventAt > timeoutMs) throw error;
    }
    await sleep(pauseMs);
  }
}

/** Waits until an item that counts has arrived since the last call; several in the meantime count once. */
export function createChangeSignal(
  items: AsyncIterable<StreamItem>,
  counts: (item: StreamItem) => boolean,
): () => Promise<void> {
  let isRung = false;
  let failure: Error | null = null;
  let wake = (): void => undefined;
  async function listen(): Promise<void> {
    for await (const item of items) {
      if (!counts(item)) continue;
      isRung = true;
      wake();
    }
  }
  void listen().catch((error: unknown) => {
    failure = error instanceof Error ? error : new Error(String(error));
    wake();
  });
  return async function nextChange() {
    if (!isRung && failure === null)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    if (failure !== null) throw failure;
    isRung = false;
  };
}
