import { seenByHook, withBridges, withReadings } from './child.ts';
import type { ChildPipeline, ChildReading } from './child-pipeline.ts';
import type { Decision, EventOf, PipelineReading, PipelineWithoutJobs } from './event.ts';
import { unchanged } from './finish.ts';
import { follow } from './follow-family.ts';
import { phase } from './status.ts';
import type { RunningTrigger, Trigger } from './trigger.ts';
import { isRunning, withLastHook } from './trigger.ts';

/** What matters of a child pipeline to those who follow it. */
const sameChildren = (some: readonly ChildPipeline[] = [], others: readonly ChildPipeline[] = []): boolean =>
  some.length === others.length &&
  some.every(
    ({ id, status, holds, unreadable }, index) =>
      others[index]?.id === id &&
      others[index].status === status &&
      others[index].holds === holds &&
      others[index].unreadable === unreadable,
  );

const withChildren = (
  trigger: RunningTrigger,
  children: readonly ChildPipeline[],
  at: number,
): RunningTrigger =>
  children.length === 0 && trigger.children === undefined
    ? trigger
    : {
        ...trigger,
        children,
        ...(sameChildren(trigger.children, children) ? {} : { updatedAt: at, observedAt: at }),
      };

/** The trigger once its pipeline was read: its bridges show which pipelines they have started. */
export function withOwnBridges(
  trigger: RunningTrigger,
  pipeline: PipelineReading | PipelineWithoutJobs,
  at: number,
): RunningTrigger {
  if (pipeline.jobs === null || pipeline.showsBridges !== true) return trigger;
  const { id } = trigger.state.pipeline;
  const bridges = pipeline.jobs.some(({ downstream }) => downstream !== undefined) ? 'some' : 'none';
  const listed = withBridges(trigger.children ?? [], id, id, pipeline.jobs);
  return withChildren({ ...trigger, bridges }, listed, at);
}

/** The trigger once these of its child pipelines were read, a parent before its children. */
export const withChildReadings = (
  trigger: RunningTrigger,
  readings: readonly ChildReading[],
  at: number,
): RunningTrigger =>
  readings.length === 0
    ? trigger
    : withChildren(
        trigger,
        withReadings(trigger.children ?? [], trigger.state.pipeline.id, readings, at),
        at,
      );

/**
 * A hook of a child pipeline. One that is no proof counts only while the pipeline goes on; GitLab is asked about an end,
 * and about what waits.
 */
export function seeChild(trigger: Trigger, { pipeline, isProof, at }: EventOf<'childSeen'>): Decision {
  const child = trigger.children?.find(({ id }) => id === pipeline.id);
  if (!isRunning(trigger) || child === undefined || child.projectId !== pipeline.projectId)
    return unchanged(trigger);
  if (isProof !== true && phase(pipeline.status) !== 'alive') return markStale(trigger, child.parentId);
  const seen = seenByHook(child, pipeline.status, pipeline.jobs);
  const children = (trigger.children ?? []).map((each) => (each === child ? seen : each));
  const next = withLastHook(trigger, { ...trigger, children, updatedAt: at, observedAt: at });
  const { status } = trigger.state.pipeline;
  const current = trigger.epoch === 0;
  return follow(next, { at, status, jobs: trigger.jobs, failedJobs: [], asked: false, current });
}

/** Of the pipelines in other projects no more than one hook is taken for a reason to ask: every project can send them. */
export function mentionChild(
  trigger: Trigger,
  { parentId, isOfOtherProject }: EventOf<'childMentioned'>,
): Decision {
  if (!isRunning(trigger)) return unchanged(trigger);
  return isOfOtherProject && trigger.bridges !== undefined
    ? unchanged(trigger)
    : markStale(trigger, parentId);
}

/** Has the bridges of a pipeline read: of the trigger's own, or of a child. */
function markStale(trigger: RunningTrigger, parentId: ChildPipeline['parentId']): Decision {
  const actions = [{ type: 'readChildren' }] as const;
  if (trigger.state.pipeline.id === parentId)
    return { next: trigger.bridges === 'stale' ? trigger : { ...trigger, bridges: 'stale' }, actions };
  const parent = trigger.children?.find(({ id }) => id === parentId);
  if (parent === undefined) return unchanged(trigger);
  const children = (trigger.children ?? []).map((each) =>
    each === parent && each.isStale !== true ? ({ ...each, isStale: true } as const) : each,
  );
  return { next: parent.isStale === true ? trigger : { ...trigger, children }, actions };
}

/** Whether some of its pipelines are not known yet, so that bridges are to be read. */
export const hasUnreadBridges = ({ bridges, children = [] }: Trigger): boolean =>
  bridges === 'stale' || children.some(({ isStale }) => isStale === true);
