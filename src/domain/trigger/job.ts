import type { JobId, PipelineId } from '../ids.ts';
import { isBehind, phase } from './status.ts';

/** The pipeline that a bridge has started, as GitLab's list of bridges shows it. */
export interface Downstream {
  readonly id: PipelineId;
  readonly projectId: number;
  readonly status: string;
  readonly webUrl: string | null;
  /** When GitLab last changed it, in GitLab's own writing: only to be compared. Null where it does not say. */
  readonly changedAt: string | null;
  /** Whether the bridge ended no earlier than the pipeline last changed; null where GitLab does not say. */
  readonly isOutlived: boolean | null;
}

/** One job of a pipeline, or one bridge (trigger job), as GitLab last showed it. */
export interface Job {
  readonly id: JobId;
  readonly name: string;
  readonly stage: string;
  readonly status: string;
  /** GitLab's `allow_failure`: the job may fail, and as a manual job it does not block. */
  readonly allowFailure: boolean;
  readonly failureReason: string | null;
  readonly webUrl: string | null;
  /** When a runner began with it, and when it ended, by GitLab's clock; left out where GitLab has not said. */
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** Null: it has none. Left out where no hook has shown it: GitLab's API does not, and hooks leave bridges out. */
  readonly environment?: JobEnvironment | null;
  /** The child pipeline that it is in; left out for a job of the trigger's own pipeline. */
  readonly pipelineId?: PipelineId;
  /** Of a bridge: the pipeline that it has started, or null; left out for other jobs. */
  readonly downstream?: Downstream | null;
}

/** Where a job deploys to. */
export interface JobEnvironment {
  readonly name: string;
  /** GitLab's deployment tier: `production`, `staging` …; null where an older GitLab does not say. */
  readonly tier: string | null;
}

/** A job that failed, with the end of its log when it could be read. */
export interface FailedJob {
  readonly id: JobId;
  readonly name: string;
  readonly stage: string;
  readonly webUrl: string | null;
  readonly failureReason: string | null;
  /** Null until it was read; empty when the log could not be read. */
  readonly traceTail: string | null;
  /** The child pipeline that it was in; left out for a job of the trigger's own pipeline. */
  readonly pipelineId?: PipelineId;
}

/** Waits to be played. A bridge that has started a pipeline only mirrors that this one waits. */
export const isPlayable = (job: Job): boolean => job.status === 'manual' && job.downstream == null;

/** Waits to be played and holds its pipeline up until then. */
export const isBlocking = (job: Job): boolean => isPlayable(job) && !job.allowFailure;

/**
 * Moves, or will by itself: `created` does not count, as it may wait behind a manual job.
 * An unknown status counts: it may be one that moves.
 */
export const isUnderWay = ({ status }: Job): boolean =>
  status === 'scheduled' || (status !== 'created' && phase(status) === 'alive');

/** The current jobs of a pipeline: those that run or are about to, and those that block it. */
export const jobsUnderWay = (jobs: readonly Job[]): readonly Job[] =>
  jobs.filter((job) => isUnderWay(job) || isBlocking(job));

/** The jobs that can be played now: those named, in the order of the names, or all that block, in pipeline order. */
export const playableOf = (jobs: readonly Job[], names: readonly string[] | null): readonly Job[] =>
  names === null
    ? jobs.filter(isBlocking)
    : [...new Set(names)].flatMap((name) => jobs.filter((job) => isPlayable(job) && job.name === name));

/** Failed, and its pipeline may not succeed any more. */
export const isRequiredFailure = (job: Job): boolean => job.status === 'failed' && !job.allowFailure;

/** Canceled, and its pipeline may not succeed any more. */
export const isRequiredCancellation = (job: Job): boolean => job.status === 'canceled' && !job.allowFailure;

/** The required jobs that failed, in pipeline order. */
export const failedJobsOf = (jobs: readonly Job[]): readonly FailedJob[] =>
  jobs.filter(isRequiredFailure).map(({ id, name, stage, webUrl, failureReason, pipelineId }) => ({
    id,
    name,
    stage,
    webUrl,
    failureReason,
    traceTail: null,
    ...(pipelineId === undefined ? {} : { pipelineId }),
  }));

/**
 * Whether bridges, which GitLab does not list among the jobs, are needed to explain the status of a pipeline: it fails
 * or waits although no job does, or goes on although none is under way.
 */
export function needsBridges(status: string, jobs: readonly Job[]): boolean {
  if (jobs.length === 0) return true;
  if (status === 'manual') return !jobs.some(isBlocking);
  if (status === 'failed') return !jobs.some(isRequiredFailure);
  return status === 'running' && !jobs.some(isUnderWay);
}

/** Whether `seen` shows one of the `known` jobs less far than it is known to be. */
export const isOlderThan = (seen: readonly Job[], known: readonly Job[]): boolean => {
  const statusById = new Map(known.map((job) => [job.id, job.status]));
  return seen.some((job) => isBehind(job.status, statusById.get(job.id) ?? job.status));
};

/** When it ran, as far as it is known. */
const timesOf = ({ startedAt, finishedAt }: Job): Pick<Job, 'startedAt' | 'finishedAt'> => ({
  ...(startedAt === undefined ? {} : { startedAt }),
  ...(finishedAt === undefined ? {} : { finishedAt }),
});

/** The jobs after a webhook about one of them: it replaces its earlier state, and an earlier job of the same name. */
export const withJob = (jobs: readonly Job[], seen: Job): readonly Job[] => {
  const wasRunAgain = jobs.some(({ name, id }) => name === seen.name && id > seen.id);
  if (wasRunAgain) return jobs;
  const known = jobs.find((job) => job.id === seen.id);
  if (known === undefined) return [...jobs.filter(({ name }) => name !== seen.name), seen];
  if (isBehind(seen.status, known.status) || known.status === seen.status) return jobs;
  return jobs.map((job) =>
    job.id === seen.id
      ? { ...known, ...timesOf(seen), status: seen.status, failureReason: seen.failureReason }
      : job,
  );
};

/** Whether the job has come to its end. */
export const isComplete = (job: Job): boolean => phase(job.status) === 'complete';
