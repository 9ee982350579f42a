import { matchesProject } from '../access/pattern.ts';
import type { PipelineId } from '../ids.ts';
import type { ChildPipeline } from './child-pipeline.ts';
import { holdingChildren } from './child.ts';
import type { Job } from './job.ts';
import { isBlocking, isPlayable, isRequiredFailure, isUnderWay } from './job.ts';
import { isLost } from './standstill.ts';
import { phase } from './status.ts';
import type { RunningTrigger, Trigger } from './trigger.ts';
import { pipelineOf } from './trigger.ts';

/** The trigger's own pipeline as it was seen. */
interface Root {
  readonly status: string;
  readonly jobs: readonly Job[] | null;
}

/** The trigger's pipeline and the child pipelines that hold it up, each of which is at a standstill or not by its own status. */
export interface Family {
  readonly children: readonly ChildPipeline[];
  /** Those in which nothing may be played any more; the trigger's own by its id, too. */
  readonly lost: ReadonlySet<PipelineId>;
  /** What they come to: a failure, or else a cancellation. */
  readonly lostAs: 'failed' | 'canceled';
}

/**
 * In which pipelines nothing may be played any more: those that cannot succeed; their parents, unless the bridge may fail;
 * and all below these.
 */
function lostIn(rootId: PipelineId, root: Root, children: readonly ChildPipeline[]): ReadonlySet<PipelineId> {
  const lost = new Set<PipelineId>(root.jobs !== null && isLost(root.jobs) ? [rootId] : []);
  for (const { id, status, jobs } of children)
    if (status === 'failed' || status === 'canceled' || isLost(jobs ?? [])) lost.add(id);
  for (let size = -1; size !== lost.size;) {
    size = lost.size;
    for (const { id, parentId, bridge } of children) {
      if (lost.has(id) && !bridge.allowFailure) lost.add(parentId);
      if (lost.has(parentId)) lost.add(id);
    }
  }
  return lost;
}

/** @param root the trigger's own pipeline as it was just seen */
export function familyOf(trigger: RunningTrigger, root: Root): Family {
  const { id } = trigger.state.pipeline;
  const children = holdingChildren(trigger.children, id);
  return {
    children,
    lost: lostIn(id, root, children),
    lostAs: hasFailed(root, children) ? 'failed' : 'canceled',
  };
}

const hasFailed = (root: Root, children: readonly ChildPipeline[]): boolean =>
  [root, ...children].some(({ status, jobs }) => status === 'failed' || (jobs ?? []).some(isRequiredFailure));

/** Whether the caller may have jobs played in a child pipeline: in another project only where they may trigger it. */
export function mayPlayIn({ request, state }: RunningTrigger, { projectId, webUrl }: ChildPipeline): boolean {
  if (projectId === state.pipeline.projectId || request.playsIn === undefined) return true;
  const path = pathIn(webUrl, request.gitlabUrl);
  return path !== null && request.playsIn.some((pattern) => matchesProject(path, pattern));
}

/** The path of the project that a pipeline is in, by the link to it; null where it has none of that GitLab. */
function pathIn(webUrl: string | null, gitlabUrl: string): string | null {
  if (webUrl === null || !URL.canParse(webUrl) || !URL.canParse(gitlabUrl)) return null;
  const root = new URL(gitlabUrl).pathname.replace(/\/$/, '');
  const { pathname } = new URL(webUrl);
  const [, path] =
    /^\/(.+)\/-\/pipelines\/\d+$/.exec(pathname.startsWith(root) ? pathname.slice(root.length) : '') ?? [];
  return path ?? null;
}

/** What waits to be played in a child pipeline at a standstill, whatever its parent's status says. */
export const isAtRest = ({ status, jobs }: Pick<ChildPipeline, 'status' | 'jobs'>): boolean =>
  (status === 'manual' || status === 'success' || status === 'skipped') && !(jobs ?? []).some(isUnderWay);

export const isBlocked = ({ status }: Pick<ChildPipeline, 'status'>): boolean => status === 'manual';

export const isMoving = ({ status }: Pick<ChildPipeline, 'status'>): boolean =>
  phase(status) === 'alive' || status === 'scheduled';

/** Whether it is not known which of its jobs wait, though some do. */
export const isUnexplained = ({ jobs, unreadable }: ChildPipeline): boolean =>
  jobs === null && unreadable === null;

/** The latest jobs that are known, those of child pipelines that hold the trigger's up among them. */
export function jobsOfFamily(trigger: Trigger): readonly Job[] {
  const pipeline = pipelineOf(trigger);
  if (pipeline === null || trigger.children === undefined) return trigger.jobs;
  return [
    ...trigger.jobs,
    ...holdingChildren(trigger.children, pipeline.id).flatMap(({ jobs }) => jobs ?? []),
  ];
}

/** The jobs that hold a trigger up: its own, and those of its child pipelines. */
export const blockingJobsOf = (trigger: Trigger): readonly Job[] => jobsOfFamily(trigger).filter(isBlocking);

/** The project that a job is in, as it is named to GitLab; null: that of the trigger's own pipeline. */
export const projectOfChild = (trigger: Trigger, pipelineId: PipelineId | undefined): string | null => {
  const child = trigger.children?.find(({ id }) => id === pipelineId);
  return child === undefined ? null : String(child.projectId);
};

/** The jobs that wait in child pipelines, where the caller may have them played. */
export const jobsToPlayInChildren = (trigger: RunningTrigger): readonly Job[] =>
  holdingChildren(trigger.children, trigger.state.pipeline.id)
    .filter((child) => mayPlayIn(trigger, child))
    .flatMap(({ jobs }) => jobs ?? [])
    .filter(isPlayable);
