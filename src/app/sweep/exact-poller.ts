import { outstanding } from '../../domain/trigger/decide.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { Perform } from '../engine/apply-event.ts';
import type { TriggerStore } from '../ports/index.ts';

/** Polls the triggers that are due. */
export interface Poller {
  readonly poll: (now: number) => Promise<void>;
  /** Resolves when no poll is under way. */
  readonly idle: () => Promise<void>;
}

interface Deps {
  readonly store: Pick<TriggerStore, 'findQuietTriggers'>;
  readonly perform: Perform;
  readonly quietMs: number;
}

/** Polls each trigger exactly once per interval: for a command that follows a single pipeline. */
export function createExactPoller({ store, perform, quietMs }: Deps): Poller {
  /** When each trigger was polled: one whose pipeline GitLab does not show stays quiet, and is not polled any sooner. */
  const takenUpAt = new Map<TriggerId, number>();

  return {
    async poll(now) {
      for (const [id, at] of takenUpAt) if (now - at >= quietMs) takenUpAt.delete(id);
      const quiet = await store.findQuietTriggers(now - quietMs, Number.MAX_SAFE_INTEGER);
      for (const trigger of quiet.filter(({ id }) => !takenUpAt.has(id))) {
        takenUpAt.set(trigger.id, now);
        perform(trigger.id, outstanding(trigger));
      }
    },
    idle: () => Promise.resolve(),
  };
}
