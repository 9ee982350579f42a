import type { Payload } from './delivery.ts';
import { projectIdOf } from './delivery.ts';
import type { EventOf } from './trigger/event.ts';
import type { Trigger } from './trigger/trigger.ts';
import { pipelineOf } from './trigger/trigger.ts';
import { hasOwnLinks } from './webhook-trust.ts';

type ChildEvent = Omit<EventOf<'childSeen'>, 'at'> | Omit<EventOf<'childMentioned'>, 'at'>;

/**
 * What a hook that is not of a trigger's own pipeline means to it: it is of one of its child pipelines, or of one that
 * these have started; else null. Hooks speak of their own project only: one that names a pipeline of another project as
 * its parent is no more than a reason to read that pipeline's bridges.
 */
export function childEventFrom(trigger: Trigger, payload: Payload): ChildEvent | null {
  const root = pipelineOf(trigger);
  const projectId = projectIdOf(payload);
  if (root === null || payload.kind !== 'pipeline' || projectId === null) return null;
  const { pipeline, upstream } = payload;
  const child = trigger.children?.find(({ id }) => id === pipeline.id);
  if (child !== undefined) {
    if (child.projectId !== projectId) return null;
    return hasOwnLinks(trigger, payload)
      ? { type: 'childSeen', pipeline }
      : { type: 'childMentioned', parentId: child.parentId, isOfOtherProject: false };
  }
  const parents = [root, ...(trigger.children ?? [])];
  const parent = parents.find(({ id }) => id === upstream?.pipelineId);
  if (parent === undefined) return null;
  return {
    type: 'childMentioned',
    parentId: parent.id,
    isOfOtherProject: parent.projectId !== projectId,
  };
}
