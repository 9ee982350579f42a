import type { PipelineId } from '../ids.ts';
import type { ChildPipeline } from './child-pipeline.ts';
import { holdingChildren } from './child.ts';
import { isAtRest, isBlocked, isMoving } from './family.ts';
import { mayPlayEarly, namedToPlay } from './manual-rules.ts';
import { phase } from './status.ts';
import type { RunningTrigger } from './trigger.ts';
import { needsTriggerJobs } from './trigger.ts';

/** So often the interval in which a pipeline is polled, until its bridges are read though nothing asks for them. */
const intervalsUnread = 10;

/** Whether nobody has looked yet whether the pipeline has bridges, though it runs for long. */
export const hasUnreadBridgesForLong = (
  { bridges, createdAt, observedAt }: Pick<RunningTrigger, 'bridges' | 'createdAt' | 'observedAt'>,
  quietMs: number,
): boolean => bridges === undefined && observedAt - createdAt >= intervalsUnread * quietMs;

/**
 * Whether the bridges of the trigger's pipeline are to be read with it: in any case (true), not at all (false: it has
 * none, and no pipeline comes to have some), or where its jobs do not explain its status.
 */
export function wantsBridges(trigger: RunningTrigger, quietMs: number): boolean | undefined {
  if (trigger.bridges === 'none') return false;
  const isKnown = trigger.bridges !== undefined;
  return isKnown || needsTriggerJobs(trigger) || hasUnreadBridgesForLong(trigger, quietMs) ? true : undefined;
}

/** Why GitLab is asked. */
export interface ReadingPurpose {
  /** Nothing was heard of the pipeline for a while. */
  readonly isSweep: boolean;
  /** The ends of failed jobs' logs are wanted. */
  readonly traces: boolean;
}

/** Its jobs were read, and nothing has changed in it since by what the list of its parent's bridges says. */
const isCurrent = ({ jobsAt, changedAt }: ChildPipeline): boolean => jobsAt !== null && jobsAt === changedAt;

/** Only its own bridges show what has become of its children: their statuses are as old as its last read. */
const hasUnfinishedChildren = ({ children = [] }: RunningTrigger, { id }: ChildPipeline): boolean =>
  children.some((child) => child.parentId === id && child.holds && phase(child.status) !== 'complete');

/** How much a read of a child pipeline is needed, the lower the more; null: not at all. */
function needOf(trigger: RunningTrigger, child: ChildPipeline, purpose: ReadingPurpose): number | null {
  const { request, state } = trigger;
  const { status, jobs, unreadable, hasBridges, isStale } = child;
  const isOver = phase(state.pipeline.status) === 'complete';
  if (isBlocked(child) && !isCurrent(child)) return 0;
  if (hasUnfinishedChildren(trigger, child)) return 1;
  if (isBlocked(child)) return null;
  if (unreadable !== null && isCurrent(child)) return null;
  if (status === 'failed' || status === 'canceled')
    return jobs === null || (isOver && purpose.traces) ? 2 : null;
  if (status === 'success' || status === 'skipped')
    return namedToPlay(request).length > 0 && !isCurrent(child) && (isOver || jobs === null) ? 3 : null;
  if (isStale === true) return 4;
  return purpose.isSweep && isMoving(child) && (hasBridges !== false || mayPlayEarly(request)) ? 5 : null;
}

/** So many child pipelines are read for one look at a trigger: the others come with the next ones. */
export const mostReads = 20;

/**
 * The child pipelines that are to be read, since what their parent's bridges show of them does not do, the most needed
 * first. Each that runs is read once in its life to learn whether it has bridges, and further on only if it has.
 * @param readIds those that were read already
 */
export function childrenToRead(
  trigger: RunningTrigger,
  readIds: ReadonlySet<PipelineId>,
  purpose: ReadingPurpose,
): readonly ChildPipeline[] {
  return holdingChildren(trigger.children, trigger.state.pipeline.id)
    .filter(({ id }) => !readIds.has(id))
    .flatMap((child) => {
      const need = needOf(trigger, child, purpose);
      return need === null ? [] : [{ child, need }];
    })
    .toSorted((one, other) => one.need - other.need || (one.child.readAt ?? 0) - (other.child.readAt ?? 0))
    .map(({ child }) => child)
    .slice(0, Math.max(mostReads - readIds.size, 0));
}

/** The child pipelines in which something may wait to be played, as far as they are read for one look. */
export const childrenAtRest = ({ children, state }: RunningTrigger): readonly PipelineId[] =>
  holdingChildren(children, state.pipeline.id)
    .filter((child) => isAtRest(child))
    .map(({ id }) => id)
    .slice(0, mostReads);
