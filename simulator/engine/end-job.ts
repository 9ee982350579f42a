import type { CiJob, CiPipeline, EngineContext } from './model.ts';
import { latestJobs } from './model.ts';
import { retryJob } from './requeue.ts';
import { cancelable } from './status.ts';
import { moveJob, settle } from './transition.ts';

/** Ends a job well. */
export function succeedJob(around: EngineContext, pipeline: CiPipeline, job: CiJob): void {
  moveJob(around, pipeline, job, 'success');
  settle(around, pipeline);
}

/**
 * Fails a job. With `retry` left a new job takes its place before the pipeline is processed, so the
 * pipeline goes on; with `auto_cancel: on_job_failure: all` the other jobs are canceled.
 */
export function dropJob(
  around: EngineContext,
  pipeline: CiPipeline,
  job: CiJob,
  reason = 'script_failure',
): void {
  job.failureReason = reason;
  moveJob(around, pipeline, job, 'failed');
  if (job.attempt < job.definition.maxRetries) {
    retryJob(around, pipeline, job);
    return;
  }
  if (pipeline.cancelOnJobFailure && !job.definition.allowFailure) cancelJobs(around, pipeline);
  settle(around, pipeline);
}

/** Cancels one job; a manual one too. Jobs that have ended stay as they are. */
export function cancelJob(around: EngineContext, pipeline: CiPipeline, job: CiJob): void {
  if (!cancelable.has(job.status) && job.status !== 'manual' && job.status !== 'canceling') return;
  stopJob(around, pipeline, job);
  settle(around, pipeline);
}

/** Cancels everything that still could run. Manual jobs stay playable, as in GitLab. */
export function cancelPipeline(around: EngineContext, pipeline: CiPipeline): void {
  cancelJobs(around, pipeline);
  settle(around, pipeline);
}

function cancelJobs(around: EngineContext, pipeline: CiPipeline): void {
  for (const job of latestJobs(pipeline)) {
    if (cancelable.has(job.status)) stopJob(around, pipeline, job);
  }
}

function stopJob(around: EngineContext, pipeline: CiPipeline, job: CiJob): void {
  const lingers = job.status === 'running' && around.lingers?.(pipeline, job) === true;
  moveJob(around, pipeline, job, lingers ? 'canceling' : 'canceled');
}
