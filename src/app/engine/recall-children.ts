import type { PipelineId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { isRunning, pipelineOf } from '../../domain/trigger/trigger.ts';
import type { Clock, DeliveryStore } from '../ports/index.ts';
import type { ApplyEvent } from './apply-event.ts';

/**
 * Has the bridges of pipelines read of which a stored webhook says that they have started another one: it came before
 * they were known to be the trigger's, so that nothing followed from it.
 * @param before the trigger when the pipelines were read that may have become known since; null: it had none
 */
export type RecallChildren = (before: Trigger | null, after: Trigger) => Promise<void>;

interface Deps {
  readonly inbox: Pick<DeliveryStore, 'parentsAmong'>;
  readonly applyEvent: ApplyEvent;
  readonly clock: Pick<Clock, 'now'>;
}

/** The pipelines of a trigger whose bridges nobody has looked at. */
function unreadPipelines(trigger: Trigger): readonly PipelineId[] {
  const root = pipelineOf(trigger);
  const unread = (trigger.children ?? []).filter(({ hasBridges }) => hasBridges === null);
  return [...(root === null || trigger.bridges !== undefined ? [] : [root]), ...unread].map(({ id }) => id);
}

const pipelinesOf = (trigger: Trigger | null): ReadonlySet<PipelineId> => {
  const root = trigger === null ? null : pipelineOf(trigger);
  return new Set([...(root === null ? [] : [root.id]), ...(trigger?.children ?? []).map(({ id }) => id)]);
};

export const createRecallChildren = ({ inbox, applyEvent, clock }: Deps): RecallChildren =>
  async function recallChildren(before, after) {
    if (!isRunning(after)) return;
    const known = pipelinesOf(before);
    const added = unreadPipelines(after).filter((id) => !known.has(id));
    if (added.length === 0) return;
    for (const parentId of await inbox.parentsAmong(added))
      await applyEvent(after.id, {
        type: 'childMentioned',
        at: clock.now(),
        parentId,
        isOfOtherProject: false,
      });
  };
