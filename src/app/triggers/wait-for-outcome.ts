import { AppError } from '../../domain/error.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { Clock, TriggerStore } from '../ports/index.ts';
import type { TriggerNotifier } from '../engine/trigger-notifier.ts';

interface Deps {
  readonly store: Pick<TriggerStore, 'find'>;
  readonly waiters: Pick<TriggerNotifier, 'subscribe'>;
  readonly clock: Clock;
}

/**
 * Waits until a trigger meets the condition, the time is up or the signal aborts (the caller hung up, the service
 * stops), and returns it as it is then.
 * @throws AppError `not_found`, `storage_unavailable`
 */
export type WaitFor = (
  id: TriggerId,
  isWanted: (trigger: Trigger) => boolean,
  ms: number,
  signal: AbortSignal,
) => Promise<Trigger>;

export const createWaitForOutcome = ({ store, waiters, clock }: Deps): WaitFor =>
  async function waitForOutcome(id, isWanted, ms, signal) {
    // Each of ten thousand waiting callers has one of these: AbortSignal.any takes several times the memory.
    const over = new AbortController();
    const giveUp = (): void => over.abort();
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    let latest: Trigger | undefined;
    // Subscribe before reading: a change in between must not be missed.
    const leave = waiters.subscribe(id, (trigger) => {
      latest = trigger;
      if (isWanted(trigger)) giveUp();
    });
    try {
      const stored = await store.find(id);
      if (stored === undefined) throw new AppError('not_found', `there is no trigger ${id}`);
      const isWantedAlready = isWanted(latest ?? stored.trigger);
      if (!isWantedAlready) await clock.sleep(ms, over.signal);
      return latest ?? stored.trigger;
    } finally {
      signal.removeEventListener('abort', giveUp);
      leave();
    }
  };
