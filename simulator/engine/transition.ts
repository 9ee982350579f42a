import type { CiJob, CiPipeline, EngineContext } from './model.ts';
import { processPipeline } from './process.ts';
import type { Status } from './status.ts';

const ends: ReadonlySet<Status> = new Set<Status>(['success', 'failed', 'canceled']);

/** Moves one job, keeps its times, and reports it. Call {@link settle} afterwards: the pipeline follows its jobs. */
export function moveJob(around: EngineContext, pipeline: CiPipeline, job: CiJob, to: Status): void {
  const from = job.status;
  if (from === to) return;
  job.status = to;
  if (to === 'pending') job.queuedAt = around.now();
  if (to === 'running') job.startedAt ??= around.now();
  if (ends.has(to)) job.finishedAt = around.now();
  if (to === 'created') job.finishedAt = null;
  pipeline.updatedAt = around.now();
  around.emit({ kind: 'job', pipeline, job, from, to });
}

/** Processes the pipeline: starts or skips what can be, then gives stages and pipeline their status. */
export function settle(around: EngineContext, pipeline: CiPipeline): void {
  const next = processPipeline(pipeline);
  for (const { job, to } of next.jobs) moveJob(around, pipeline, job, to);
  for (const [stage, status] of next.stages) pipeline.stageStatuses.set(stage, status);
  movePipeline(around, pipeline, next.pipeline);
}

function movePipeline(around: EngineContext, pipeline: CiPipeline, to: Status): void {
  if (pipeline.status === to) return;
  pipeline.status = to;
  pipeline.updatedAt = around.now();
  if (to === 'running') pipeline.startedAt ??= around.now();
  if (ends.has(to)) {
    pipeline.finishedAt = around.now();
    pipeline.finishedAtMs = performance.now();
  }
  around.emit({ kind: 'pipeline', pipeline, to });
}
