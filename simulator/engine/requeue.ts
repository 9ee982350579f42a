import type { CiJob, CiPipeline, EngineContext } from './model.ts';
import { latestJobs } from './model.ts';
import { dependentsOf } from './order-by-needs.ts';
import { retryable } from './status.ts';
import { moveJob, settle } from './transition.ts';

/** GitLab: an unplayed manual or delayed job, or a finished one of that kind, which then runs anew. */
export function isPlayable(job: CiJob): boolean {
  const isAction = job.definition.when === 'manual' || job.definition.when === 'delayed';
  if (!isAction || job.retried) return false;
  return job.status === 'manual' || job.status === 'scheduled' || retryable.has(job.status);
}

/** GitLab: only the newest job of a name, and only once it has ended. */
export function isRetryable(job: CiJob): boolean {
  return !job.retried && retryable.has(job.status);
}

/**
 * Plays a manual job, or starts a delayed one now. A finished one is run again as a new job.
 * @returns the job that runs: the same one, or its new run
 */
export function playJob(
  around: EngineContext,
  pipeline: CiPipeline,
  job: CiJob,
  userName = job.userName,
): CiJob {
  if (job.status !== 'manual' && job.status !== 'scheduled') return retryJob(around, pipeline, job, userName);
  job.userName = userName;
  moveJob(around, pipeline, job, 'pending');
  resetSkippedAfter(around, pipeline, job);
  settle(around, pipeline);
  return job;
}

/** Puts a new job in the place of an ended one and gives those that were skipped because of it another chance. */
export function retryJob(
  around: EngineContext,
  pipeline: CiPipeline,
  job: CiJob,
  userName = job.userName,
): CiJob {
  const again = replaceJob(around, pipeline, job, { userName, enqueueImmediately: true });
  resetSkippedAfter(around, pipeline, job);
  settle(around, pipeline);
  return again;
}

/** Retries the failed and canceled jobs and re-processes the skipped ones; nothing to retry changes nothing. */
export function retryPipeline(
  around: EngineContext,
  pipeline: CiPipeline,
  userName = pipeline.userName,
): void {
  for (const job of latestJobs(pipeline)) {
    if (job.status !== 'failed' && job.status !== 'canceled') continue;
    replaceJob(around, pipeline, job, { userName, enqueueImmediately: false });
  }
  for (const job of latestJobs(pipeline)) {
    if (job.status === 'skipped') moveJob(around, pipeline, job, 'created');
  }
  settle(around, pipeline);
}

/** An ended bridge runs again because the pipeline it started was resumed. */
export function reopenBridge(around: EngineContext, pipeline: CiPipeline, bridge: CiJob): void {
  moveJob(around, pipeline, bridge, 'running');
  resetSkippedAfter(around, pipeline, bridge);
  settle(around, pipeline);
}

function replaceJob(
  around: EngineContext,
  pipeline: CiPipeline,
  job: CiJob,
  { userName, enqueueImmediately }: { userName: string; enqueueImmediately: boolean },
): CiJob {
  const id = around.nextJobId();
  const again: CiJob = {
    ...job,
    id,
    status: 'created',
    enqueueImmediately,
    attempt: job.attempt + 1,
    createdAt: around.now(),
    queuedAt: null,
    startedAt: null,
    finishedAt: null,
    failureReason: null,
    downstreamId: null,
    userName,
    token: tokenOf(id),
  };
  job.retried = true;
  pipeline.jobs.push(again);
  around.emit({ kind: 'job', pipeline, job: again, from: null, to: 'created' });
  return again;
}

/** The CI_JOB_TOKEN of a job. */
export function tokenOf(jobId: number): string {
  return `glcbt-simulator-${jobId}`;
}

/** Source: GitLab app/services/ci/reset_skipped_jobs_service.rb (later stages, and whatever needs the job) */
function resetSkippedAfter(around: EngineContext, pipeline: CiPipeline, job: CiJob): void {
  const jobs = latestJobs(pipeline);
  const needing = jobs.map(({ definition }) => ({ name: definition.name, needs: definition.needs ?? [] }));
  const dependents = dependentsOf(job.definition.name, needing);
  for (const other of jobs) {
    if (other.status !== 'skipped') continue;
    if (other.stageIndex > job.stageIndex || dependents.has(other.definition.name)) {
      moveJob(around, pipeline, other, 'created');
    }
  }
}
