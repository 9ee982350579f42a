import { outstanding } from '../domain/decide.ts';
import type { TriggerId } from '../domain/ids.ts';
import type { Trigger } from '../domain/trigger.ts';
import { messageOf } from '../domain/error.ts';
import type { ApplyEvent, Perform } from './apply-event.ts';
import type { ApplyInbox } from './apply-inbox.ts';
import type { Clock, Log, TriggerStore } from './ports.ts';

/** How many triggers one round takes up: the rest come in the next rounds, the longest quiet first. */
const roundSize = 50;

interface Deps {
  readonly store: Pick<TriggerStore, 'findQuiet' | 'findPastDeadline'>;
  readonly applyEvent: ApplyEvent;
  readonly applyInbox: ApplyInbox;
  readonly perform: Perform;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a trigger may go without news. */
  readonly quietMs: number;
}

/** The watch that makes the truth arrive at all, where hooks only make it arrive early. */
export interface Sweep {
  /** One round: ends what is past its deadline, looks after what has been quiet for too long. */
  readonly round: () => Promise<void>;
  /** After a start: takes up at once what a stop or a crash left undone. */
  readonly resume: () => Promise<void>;
  /** Rounds until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

export function createSweep(deps: Deps): Sweep {
  const { store, applyEvent, applyInbox, perform, clock, log, quietMs } = deps;
  /** When a trigger was last taken up: one that GitLab will not tell about stays quiet. */
  const takenUpAt = new Map<TriggerId, number>();

  async function endOverdue(now: number): Promise<void> {
    for (const { id } of await store.findPastDeadline(now, roundSize))
      await applyEvent(id, { type: 'deadlinePassed', at: now });
  }

  /** Those that this sweep has not taken up lately, the longest quiet first. */
  async function neglected(now: number): Promise<readonly Trigger[]> {
    for (const [id, at] of takenUpAt) if (now - at >= quietMs) takenUpAt.delete(id);
    const quiet = await store.findQuiet(now - quietMs, roundSize + takenUpAt.size);
    return quiet.filter(({ id }) => !takenUpAt.has(id)).slice(0, roundSize);
  }

  async function round(): Promise<void> {
    const now = clock.now();
    await endOverdue(now);
    for (const trigger of await neglected(now)) {
      takenUpAt.set(trigger.id, now);
      perform(trigger.id, outstanding(trigger));
    }
  }

  async function resume(): Promise<void> {
    const open = await store.findQuiet(clock.now(), Number.MAX_SAFE_INTEGER);
    for (const trigger of open) {
      await applyInbox(trigger.id).catch((error: unknown) => {
        // Not lost: the sweep reads the pipeline. The other triggers are not to suffer for it.
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
      const everyMs = Math.max(Math.min(quietMs / 4, 5_000), 100);
      while (!signal.aborted) {
        await round().catch((error: unknown) => log.error({ error: messageOf(error) }, 'sweep failed'));
        await clock.sleep(everyMs, signal);
      }
    },
  };
}
