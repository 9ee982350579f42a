import { messageOf } from '../../domain/error.ts';
import type { Clock, Log, TriggerStore } from '../ports/index.ts';
import type { TriggerNotifier } from '../engine/trigger-notifier.ts';

/** How often it is tried, and how late those who wait are told what another process did, in milliseconds. */
const everyMs = 500;

interface Deps {
  /** Whether this process is the one that works on the database, from now on. */
  readonly claim: () => Promise<boolean>;
  readonly store: Pick<TriggerStore, 'find'>;
  readonly waiters: Pick<TriggerNotifier, 'ids' | 'notify'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Resolves when this process is the one that works on the database: at once, or when the one before it has ended. Until
 * then that one sweeps, calls back and tidies up, and each of the two answers whoever comes. What the other one does
 * rings no bell here, so those who wait are told what the store says.
 * @returns false when the signal aborted before
 */
export async function becomeLeader(
  { claim, store, waiters, clock, log }: Deps,
  signal: AbortSignal,
): Promise<boolean> {
  async function take(isFirst: boolean): Promise<boolean> {
    try {
      if (await claim()) return true;
      if (isFirst) log.warn({}, 'another process works on this database: standing by');
    } catch (error) {
      if (isFirst) log.error({ error: messageOf(error) }, 'the database is not claimed');
    }
    return false;
  }

  const ringAnew = async (): Promise<void> => {
    const found = await Promise.all(waiters.ids().map(store.find));
    for (const stored of found) if (stored !== undefined) waiters.notify(stored.trigger);
  };

  let isTaken = await take(true);
  if (isTaken) return true;
  while (!isTaken) {
    await clock.sleep(everyMs, signal);
    if (signal.aborted) return false;
    isTaken = await take(false);
    // Looked at after that: what the other one did last is there.
    await ringAnew().catch((error: unknown) => log.error({ error: messageOf(error) }, 'failed to notify waiters'));
  }
  log.info({}, 'the other process has ended: taking over');
  return true;
}
