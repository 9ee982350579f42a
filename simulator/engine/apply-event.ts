import { cancelJob, cancelPipeline, dropJob, succeedJob } from './end-job.ts';
import type { CiJob, CiPipeline, EngineContext } from './model.ts';
import { latestJobs } from './model.ts';
import { playJob, retryJob, retryPipeline } from './requeue.ts';
import { moveJob, settle } from './transition.ts';

/** What can happen to a job, in the words of GitLab's own test cases. */
export type JobEvent = 'enqueue' | 'run' | 'success' | 'drop' | 'cancel' | 'play' | 'retry';

type Apply = (around: EngineContext, pipeline: CiPipeline, job: CiJob) => void;

const applications: Record<JobEvent, Apply> = {
  enqueue: moveTo('pending'),
  run: moveTo('running'),
  success: succeedJob,
  drop: (around, pipeline, job) => dropJob(around, pipeline, job),
  cancel: cancelJob,
  play: playJob,
  retry: retryJob,
};

/**
 * Applies an event to the latest job of each name. Without names, `retry` and `cancel` are the pipeline's.
 * @throws Error when the pipeline has no job of that name: a mistake in the test that drives it
 */
export function applyEvent(
  around: EngineContext,
  pipeline: CiPipeline,
  event: JobEvent,
  names: readonly string[] = [],
): void {
  if (names.length === 0 && event === 'retry') retryPipeline(around, pipeline);
  if (names.length === 0 && event === 'cancel') cancelPipeline(around, pipeline);
  // Looked up together before any of it happens: `retry` of one job must not change whom the next name means.
  for (const job of names.map((name) => latestNamed(pipeline, name))) {
    applications[event](around, pipeline, job);
  }
}

function latestNamed(pipeline: CiPipeline, name: string): CiJob {
  const job = latestJobs(pipeline).find(({ definition }) => definition.name === name);
  if (job === undefined) throw new Error(`pipeline ${pipeline.id} has no job ${name}`);
  return job;
}

function moveTo(status: 'pending' | 'running'): Apply {
  return (around, pipeline, job) => {
    moveJob(around, pipeline, job, status);
    settle(around, pipeline);
  };
}
