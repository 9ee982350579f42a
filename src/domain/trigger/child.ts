import type { PipelineId } from '../ids.ts';
import type { ChildPipeline, ChildReading } from './child-pipeline.ts';
import type { Downstream, Job } from './job.ts';
import {
  isBlocking,
  isPlayable,
  isRequiredCancellation,
  isRequiredFailure,
  isUnderWay,
  needsBridges,
} from './job.ts';
import { withEnvironments } from './environments.ts';
import { phase } from './status.ts';

/** GitLab allows so many pipelines below one. Source: gitlabhq app/models/concerns/limitable.rb, pipeline_hierarchy_size */
const mostChildren = 1_000;
/** … and child pipelines of child pipelines, but none below. */
const deepest = 2;

/** Whether a job matters to anything but its own pipeline's course: a hundred pipelines may have thousands of others. */
const matters = (job: Job): boolean =>
  isPlayable(job) || isUnderWay(job) || isRequiredFailure(job) || isRequiredCancellation(job);

/** The jobs of a child pipeline that are kept, each with the pipeline that it is in. */
export const jobsOfChild = (pipelineId: PipelineId, jobs: readonly Job[]): readonly Job[] =>
  jobs.filter(matters).map((job) => ({ ...job, pipelineId }));

/**
 * Whether a bridge holds its pipeline up, by what GitLab shows: one without a `strategy` succeeds once the pipeline that
 * it starts is made. Where both have succeeded, the one that ended later was waiting for the other.
 */
function holdsUp(
  before: ChildPipeline | undefined,
  bridge: Job,
  { status, isOutlived }: Downstream,
): boolean {
  if (bridge.status !== 'success') return true;
  // It held its pipeline up until its end, and somebody set it going again.
  if (before?.holds === true && phase(before.status) === 'complete') return true;
  return status === 'success' && (isOutlived ?? before?.holds ?? false);
}

/** Whether the jobs are older than the end that the pipeline has come to: none of them can be so after it. */
const isOutdated = (status: string, jobs: readonly Job[]): boolean =>
  phase(status) === 'complete' &&
  jobs.some((job) => isUnderWay(job) || (status === 'success' && isBlocking(job)));

function childFrom(
  before: ChildPipeline | undefined,
  parentId: PipelineId,
  bridge: Job,
  downstream: Downstream,
): ChildPipeline {
  const { id, projectId, status, webUrl, changedAt } = downstream;
  const { id: bridgeId, name, allowFailure } = bridge;
  return {
    ...{ id, projectId, parentId, status, webUrl, changedAt },
    bridge: { id: bridgeId, name, allowFailure },
    holds: holdsUp(before, bridge, downstream),
    jobs: before?.jobs == null || isOutdated(status, before.jobs) ? null : before.jobs,
    jobsAt: before?.jobsAt ?? null,
    readAt: before?.readAt ?? null,
    hasBridges: before?.hasBridges ?? null,
    ...(before?.isStale === true ? { isStale: true } : {}),
    unreadable: before?.unreadable ?? null,
  };
}

/** Without those whose parent is not among them: a bridge that was run again has started another pipeline. */
function withoutOrphans(children: readonly ChildPipeline[], rootId: PipelineId): readonly ChildPipeline[] {
  const ids = new Set<PipelineId>([rootId, ...children.map(({ id }) => id)]);
  const kept = children.filter(({ parentId }) => ids.has(parentId));
  return kept.length === children.length ? kept : withoutOrphans(kept, rootId);
}

/**
 * The child pipelines once the latest jobs of one pipeline, its bridges among them, were seen.
 * @param parentId that pipeline: the trigger's own (`rootId`), or one of the children
 */
export function withBridges(
  children: readonly ChildPipeline[],
  rootId: PipelineId,
  parentId: PipelineId,
  jobs: readonly Job[],
): readonly ChildPipeline[] {
  const byId = new Map(children.map((child) => [child.id, child]));
  const seen = jobs.flatMap((bridge) =>
    bridge.downstream == null || bridge.downstream.id === rootId
      ? []
      : [childFrom(byId.get(bridge.downstream.id), parentId, bridge, bridge.downstream)],
  );
  const seenIds = new Set(seen.map(({ id }) => id));
  const others = children.filter((child) => child.parentId !== parentId && !seenIds.has(child.id));
  return withoutOrphans(
    [...others, ...seen].toSorted((one, other) => one.id - other.id),
    rootId,
  ).slice(0, mostChildren);
}

const isBridge = ({ downstream }: Job): boolean => downstream !== undefined;

/** The child pipelines once one of them was read. */
function withReading(
  children: readonly ChildPipeline[],
  rootId: PipelineId,
  reading: ChildReading,
  at: number,
): readonly ChildPipeline[] {
  const change = (child: ChildPipeline): ChildPipeline => {
    const { isStale: _isStale, ...rest } = child;
    const read = { ...rest, readAt: at, jobsAt: child.changedAt };
    if ('unreadable' in reading) return { ...read, unreadable: reading.unreadable, hasBridges: false };
    const { id, status, jobs, showsBridges } = reading;
    const hasBridges = showsBridges ? jobs.some(isBridge) : child.hasBridges;
    const shown = withEnvironments(jobs, child.jobs ?? []);
    return { ...read, status, jobs: jobsOfChild(id, shown), hasBridges, unreadable: null };
  };
  const changed = children.map((child) => (child.id === reading.id ? change(child) : child));
  return 'showsBridges' in reading && reading.showsBridges
    ? withBridges(changed, rootId, reading.id, reading.jobs)
    : changed;
}

/** The child pipelines once these were read, in this order: a parent before its children. */
export const withReadings = (
  children: readonly ChildPipeline[],
  rootId: PipelineId,
  readings: readonly ChildReading[],
  at: number,
): readonly ChildPipeline[] =>
  readings.reduce((family, reading) => withReading(family, rootId, reading, at), children);

/** A child pipeline as a hook shows it: without its bridges. Jobs that do not explain its status are as good as none. */
export function seenByHook(child: ChildPipeline, status: string, jobs: readonly Job[] | null): ChildPipeline {
  const explains = jobs !== null && !needsBridges(status, jobs);
  const seen = explains || phase(status) === 'alive' ? jobs : null;
  const shown = seen === null ? null : jobsOfChild(child.id, withEnvironments(seen, child.jobs ?? []));
  return { ...child, status, jobs: shown, jobsAt: null };
}

/** Those that hold the trigger's pipeline up, themselves or through their parents. */
export function holdingChildren(
  children: readonly ChildPipeline[] = [],
  rootId: PipelineId,
): readonly ChildPipeline[] {
  const byId = new Map(children.map((child) => [child.id, child]));
  const holds = ({ parentId, holds: isHolding }: ChildPipeline, depth = 1): boolean => {
    const parent = byId.get(parentId);
    if (!isHolding || depth > deepest) return false;
    return parentId === rootId || (parent !== undefined && holds(parent, depth + 1));
  };
  return children.filter((child) => holds(child));
}
