import { outstanding } from '../../domain/trigger/decide.ts';
import { isInFuture } from '../../domain/trigger/clock-rollback.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { messageOf } from '../../domain/error.ts';
import type { ApplyEvent, Perform } from '../engine/apply-event.ts';
import type { ApplyInbox } from '../engine/apply-inbox.ts';
import type { Clock, Log, TriggerStore } from '../ports/index.ts';
import type { Poller } from './exact-poller.ts';

/** How many overdue triggers one round ends; the next rounds end the rest. */
const roundSize = 50;

/** Later than the last update of any trigger, even if the clock was wrong. */
const endOfTime = Date.UTC(9999, 0, 1);

interface Deps {
  readonly store: Pick<TriggerStore, 'findQuietTriggers' | 'findPastDeadline' | 'findPastTimeout'>;
  readonly applyEvent: ApplyEvent;
  readonly applyInbox: ApplyInbox;
  readonly reportsUpstreamCanceled: (trigger: Trigger) => Promise<boolean>;
  readonly perform: Perform;
  readonly poller: Pick<Poller, 'poll'>;
  readonly clock: Clock;
  readonly log: Log;
  /** After how long without an update a trigger is polled. */
  readonly quietMs: number;
}

/** Periodic polling, which guarantees that updates arrive; webhooks make them arrive sooner. */
export interface Sweep {
  /** One round: ends triggers past their deadline, polls those without an update for too long. */
  readonly round: () => Promise<void>;
  /** After a start: immediately resumes the work that a stop or a crash interrupted. */
  readonly resume: () => Promise<void>;
  /** Runs rounds until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

export function createSweep(deps: Deps): Sweep {
  const { store, applyEvent, applyInbox, reportsUpstreamCanceled, perform, poller, clock, log, quietMs } =
    deps;

  async function endOverdue(now: number): Promise<void> {
    for (const { id } of await store.findPastDeadline(now, roundSize))
      await applyEvent(id, { type: 'deadlinePassed', at: now });
    for (const { id } of await store.findPastTimeout(now, roundSize))
      await applyEvent(id, { type: 'timeoutPassed', at: now });
  }

  async function round(): Promise<void> {
    const now = clock.now();
    await endOverdue(now);
    await poller.poll(now);
  }

  async function takeUp(trigger: Trigger, now: number): Promise<void> {
    if (isInFuture(trigger, now)) await applyEvent(trigger.id, { type: 'clockSetBack', at: now });
    await applyInbox(trigger.id);
    if (await reportsUpstreamCanceled(trigger)) perform(trigger.id, [{ type: 'confirmUpstream' }]);
  }

  async function resume(): Promise<void> {
    const now = clock.now();
    const open = await store.findQuietTriggers(endOfTime, Number.MAX_SAFE_INTEGER);
    for (const trigger of open) {
      await takeUp(trigger, now).catch((error: unknown) => {
        // Nothing is lost: the sweep reads the pipeline later. The other triggers continue.
        log.error({ triggerId: trigger.id, error: messageOf(error) }, 'inbox not applied');
      });
      perform(
        trigger.id,
        outstanding(trigger).filter(({ type }) => type !== 'confirm'),
      );
    }
    if (open.length > 0) log.info({ triggers: open.length }, 'open triggers resumed');
  }

  return {
    round,
    resume,
    async run(signal) {
      const everyMs = Math.min(Math.max(quietMs / 20, 50), 1_500);
      while (!signal.aborted) {
        await round().catch((error: unknown) => log.error({ error: messageOf(error) }, 'sweep failed'));
        await clock.sleep(everyMs, signal);
      }
    },
  };
}
