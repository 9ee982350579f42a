import { messageOf } from '../../domain/error.ts';
import type { DeliveryId } from '../../domain/ids.ts';
import type { ApplyDelivery } from '../deliveries/receive-delivery.ts';
import type { Clock, DeliveryStore, Log } from '../ports/index.ts';

/**
 * The process that stored a delivery applies it within milliseconds. Applying it here as well would read GitLab twice.
 * After this time that process has died, or cannot apply it.
 */
const graceMs = 1_000;
const everyMs = 250;
/** More are left to the sweep. */
const mostWaiting = 5_000;

interface Deps {
  readonly inbox: Pick<DeliveryStore, 'find'>;
  readonly applyUnapplied: ApplyDelivery;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly log: Pick<Log, 'error'>;
}

/** Applies the deliveries that another process has stored and not applied: runs in the leading process only. */
export interface ForeignDeliveries {
  /** Takes deliveries in, while `run` runs. */
  readonly add: (ids: readonly DeliveryId[]) => void;
  /** Until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

export function createForeignDeliveries({ inbox, applyUnapplied, clock, log }: Deps): ForeignDeliveries {
  let waiting: { readonly id: DeliveryId; readonly dueAt: number }[] = [];
  let isRunning = false;

  async function apply(id: DeliveryId): Promise<void> {
    try {
      const stored = await inbox.find(id);
      if (stored !== undefined) await applyUnapplied(stored.delivery);
    } catch (error) {
      // Nothing is lost: the sweep reads the pipeline.
      log.error({ deliveryId: id, error: messageOf(error) }, 'delivery not applied');
    }
  }

  return {
    add(ids) {
      // A process that takes over applies the inbox of all open triggers first.
      if (!isRunning) return;
      const dueAt = clock.now() + graceMs;
      waiting = [...waiting, ...ids.map((id) => ({ id, dueAt }))].slice(-mostWaiting);
    },
    async run(signal) {
      isRunning = true;
      while (!signal.aborted) {
        await clock.sleep(everyMs, signal);
        const now = clock.now();
        const due = waiting.filter(({ dueAt }) => dueAt <= now);
        waiting = waiting.filter(({ dueAt }) => dueAt > now);
        for (const { id } of due) await apply(id);
      }
      isRunning = false;
    },
  };
}
