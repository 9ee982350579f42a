import { messageOf } from '../../domain/error.ts';
import type { DeliveryId, TriggerId } from '../../domain/ids.ts';
import type { ChangeFeed, Clock, Log, TriggerStore } from '../ports/index.ts';
import type { TriggerNotifier } from '../engine/trigger-notifier.ts';

/** Until it is tried again to read what cannot be read. */
const retryMs = 500;
/** So many triggers are read together. */
const groupSize = 100;

interface Deps {
  readonly changes: ChangeFeed;
  readonly store: Pick<TriggerStore, 'find'>;
  readonly waiters: Pick<TriggerNotifier, 'isAwaited' | 'notify'>;
  /** Takes what another process has stored in the inbox. */
  readonly delivered: (ids: readonly DeliveryId[]) => void;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly log: Log;
}

/**
 * Notifies those who wait at this process of what others on the same database have stored, until the signal aborts:
 * a webhook may have reached one process, and its caller wait at another one.
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
      // What could not be read before is still to be read, whether or not there is more.
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
