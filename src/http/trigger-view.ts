import type { FailedJob, Job } from '../domain/job.ts';
import { isBlocking } from '../domain/job.ts';
import { stateOf } from '../domain/timeline.ts';
import type { Trigger } from '../domain/trigger.ts';
import { pipelineOf } from '../domain/trigger.ts';

const isoOf = (ms: number): string => new Date(ms).toISOString();

/** Why a trigger ended as it did, or what keeps it from getting on. */
function reasonOf({ state, refusal }: Trigger): string | null {
  if (state.kind === 'finished') return state.reason;
  if (state.kind === 'requested') return state.trouble;
  return refusal === null ? null : `GitLab does not show the pipeline: ${refusal.reason}`;
}

export const failedJobView = ({ traceTail, ...job }: FailedJob) => ({ ...job, trace: traceTail });

/** The jobs that hold a pipeline up. */
export const blockingJobsView = (jobs: readonly Job[]) =>
  jobs.filter(isBlocking).map(({ id, name, stage, webUrl }) => ({ id, name, stage, webUrl }));

/** A trigger as callers see it. Source: CONTRACT, section 2. */
export function triggerView(trigger: Trigger, waiters: number) {
  const { id, request, state, createdAt, updatedAt, deadlineAt } = trigger;
  const pipeline = pipelineOf(trigger);
  const finished = state.kind === 'finished' ? state : null;
  return {
    id,
    project: request.project,
    projectId: pipeline === null || pipeline.projectId === 0 ? null : pipeline.projectId,
    ref: request.ref,
    state: stateOf(trigger),
    pipelineId: pipeline?.id ?? null,
    pipelineStatus: pipeline?.status ?? null,
    webUrl: pipeline?.webUrl ?? null,
    outcome: finished?.outcome ?? null,
    reason: reasonOf(trigger),
    onManual: request.onManual,
    playedJobs: trigger.played
      .filter(({ progress }) => progress === 'played')
      .map((job) => ({ id: job.id, name: job.name, stage: job.stage })),
    failedJobs: (finished?.failedJobs ?? []).map(failedJobView),
    createdAt: isoOf(createdAt),
    updatedAt: isoOf(updatedAt),
    finishedAt: finished === null ? null : isoOf(finished.finishedAt),
    deadlineAt: isoOf(deadlineAt),
    waiters,
  };
}

export type TriggerView = ReturnType<typeof triggerView>;
