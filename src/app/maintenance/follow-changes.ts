import { messageOf } from '../../domain/error.ts';
import type { DeliveryId, TriggerId } from '../../domain/ids.ts';
import type { ChangeFeed, Clock, Log, TriggerStore } from '../ports/index.ts';
import type { TriggerNotifier } from '../engine/trigger-notifier.ts';

/** The pause after a failed read. */
const retryMs = 500;
/** How many triggers are read together. */
const groupSize = 100;

interface Deps {
  readonly changes: ChangeFeed;
  readonly store: Pick<TriggerStore, 'find'>;
  readonly waiters: Pick<TriggerNotifier, 'isAwaited' | 'notify'>;
  /** Receives the deliveries that another process has stored in the inbox. */
  readonly delivered: (ids: readonly DeliveryId[]) => void;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly log: Log;
}

/**
 * Notifies the callers that wait at this process of what other processes have stored, until the signal aborts: a webhook
 * may reach one process while its caller waits at another one.
 */
export async function followChanges(
  { changes, store, waiters, delivered, clock, log }: Deps,
  signal: AbortSignal,
): Promise<void> {
  let isFailing = false;

  async function notify(ids: readonly TriggerId[]): Promise<void> {
    const awaited = ids.filter((id) => waiters.isAwaited(id));
    for (let index = 0; index < awaited.length; index += groupSize) {
      const found = await Promise.all(awaited.slice(index, index + groupSize).map(store.find));
      for (const stored of found) if (stored !== undefined) waiters.notify(stored.trigger);
    }
  }

  async function readAll(): Promise<void> {
    for (let isMore = true; isMore && !signal.aborted;) {
      const next = await changes.next();
      isMore = next.isMore;
      delivered(next.deliveries);
      await notify(next.triggers);
    }
  }

  while (!signal.aborted) {
    try {
      // Changes that could not be read before are still to be read, whether or not there are more.
      if (!isFailing) await changes.changed(signal);
      await readAll();
      if (isFailing) log.info({}, 'changes of other processes can be read again');
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.error({ error: messageOf(error) }, 'changes of other processes cannot be read');
      isFailing = true;
      await clock.sleep(retryMs, signal);
    }
  }
}
