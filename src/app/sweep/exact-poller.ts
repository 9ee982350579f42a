import { outstanding } from '../../domain/trigger/decide.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { Perform } from '../engine/apply-event.ts';
import type { TriggerStore } from '../ports/index.ts';

/** Who takes up the triggers whose turn it is. */
export interface Poller {
  readonly poll: (now: number) => Promise<void>;
  /** Resolves when it has nothing under way itself. */
  readonly idle: () => Promise<void>;
}

interface Deps {
  readonly store: Pick<TriggerStore, 'findQuietTriggers'>;
  readonly perform: Perform;
  readonly quietMs: number;
}

/** Each trigger once in the time, to the moment: for one who polls a single pipeline. */
export function createExactPoller({ store, perform, quietMs }: Deps): Poller {
  /** One that GitLab will not tell about stays quiet. */
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
