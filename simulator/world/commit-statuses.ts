import type { CiPipeline, CommitStatus } from '../engine/model.ts';
import { settle } from '../engine/transition.ts';
import type { Project } from './project.ts';
import type { World } from './world.ts';

export type StatusState = 'pending' | 'running' | 'success' | 'failed' | 'canceled' | 'skipped';

export type NewCommitStatus = {
  readonly sha: string;
  readonly state: StatusState;
  readonly name: string;
  readonly pipelineId: number | null;
  readonly ref: string | null;
  readonly targetUrl: string | null;
  readonly description: string | null;
  readonly userName: string;
};

export type StatusPost =
  | { readonly kind: 'posted'; readonly status: CommitStatus; readonly pipeline: CiPipeline }
  | { readonly kind: 'refused'; readonly code: 400 | 404 | 422; readonly message: string };

const ends: ReadonlySet<string> = new Set(['success', 'failed', 'canceled', 'skipped']);
/** The events of a status, and from which states they lead on. Source: GitLab app/models/commit_status.rb */
const transitions: Readonly<
  Record<StatusState, { readonly event: string; readonly from: readonly string[] }>
> = {
  pending: { event: 'enqueue', from: ['created', 'skipped', 'manual', 'scheduled'] },
  running: { event: 'run', from: ['created', 'pending'] },
  success: { event: 'success', from: ['created', 'pending', 'running'] },
  failed: { event: 'drop', from: ['created', 'pending', 'running'] },
  canceled: { event: 'cancel', from: ['created', 'pending', 'running'] },
  skipped: { event: 'skip', from: ['created', 'pending'] },
};

/**
 * Sets a status on a commit: in the pipeline that is named, else in the newest of the commit.
 * Source: GitLab app/services/ci/create_commit_status_service.rb
 */
export function postCommitStatus(world: World, project: Project, wanted: NewCommitStatus): StatusPost {
  const pipeline = pipelineFor(project, wanted);
  if (pipeline === undefined) return { kind: 'refused', code: 404, message: missing(wanted) };
  const statuses = (pipeline.commitStatuses ??= []);
  const open = statuses.find(
    (each) =>
      !each.retried &&
      !ends.has(each.status) &&
      each.name === wanted.name &&
      each.userName === wanted.userName,
  );
  const { mostJobs } = world.scenario;
  if (open === undefined && mostJobs > 0 && pipeline.jobs.length + statuses.length >= mostJobs)
    return { kind: 'refused', code: 422, message: 'The number of jobs has exceeded the limit' };
  const { event, from } = transitions[wanted.state];
  if (open !== undefined && !from.includes(open.status))
    return {
      kind: 'refused',
      code: 400,
      message: `Cannot transition status via :${event} from :${open.status} (Reason(s): Status cannot transition via "${event}")`,
    };
  const status = open ?? create(world, pipeline, wanted);
  if (open === undefined) {
    for (const other of statuses) if (other.name === wanted.name) other.retried = true;
    statuses.push(status);
  }
  world.act(() => {
    status.status = wanted.state;
    status.targetUrl = wanted.targetUrl ?? status.targetUrl;
    status.description = wanted.description ?? status.description;
    if (ends.has(wanted.state)) status.finishedAt = world.around.now();
    if (wanted.state === 'failed') status.failureReason = 'api_failure';
    settle(world.around, pipeline);
  });
  return { kind: 'posted', status, pipeline };
}

function create(world: World, pipeline: CiPipeline, { name, userName }: NewCommitStatus): CommitStatus {
  return {
    id: world.around.nextJobId(),
    name,
    userName,
    ref: pipeline.ref,
    createdAt: world.around.now(),
    finishedAt: null,
    status: 'created',
    retried: false,
    targetUrl: null,
    description: null,
    failureReason: null,
  };
}

function pipelineFor(project: Project, { sha, pipelineId, ref }: NewCommitStatus): CiPipeline | undefined {
  const ofCommit = project.pipelines.filter(
    (pipeline) => pipeline.sha === sha && (ref === null || pipeline.ref === ref),
  );
  return pipelineId === null ? ofCommit.at(-1) : ofCommit.find(({ id }) => id === pipelineId);
}

const missing = ({ pipelineId }: NewCommitStatus): string =>
  pipelineId === null
    ? '404 References for commit Not Found'
    : '404 Pipeline for pipeline_id, sha and ref Not Found';
