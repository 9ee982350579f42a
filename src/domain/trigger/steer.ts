import type { Decision, EventOf } from './event.ts';
import { withEnvironments } from './environments.ts';
import { retriedJobsOf, withoutGrace } from './auto-retry.ts';
import { finish, unchanged } from './finish.ts';
import { intendedPlay, play } from './follow-pipeline.ts';
import { approveHeldJobs } from './held-jobs.ts';
import type { Job } from './job.ts';
import { failedJobsOf, isPlayable, playableOf } from './job.ts';
import { jobsToPlayInChildren } from './family.ts';
import { withChildReadings, withOwnBridges } from './see-child.ts';
import type { ManualRequest } from './manual-rules.ts';
import { observed } from './observed.ts';
import type { PlayedJob, RunningTrigger, Trigger } from './trigger.ts';
import { isRunning, pipelineOf } from './trigger.ts';

/**
 * Has the pipeline canceled; the trigger ends when GitLab shows it canceled. Without a pipeline it ends
 * immediately, unless a request that may still create one is under way.
 */
export function requestCancel(trigger: Trigger, reason: string, at: number): Decision {
  const { state, cancel } = trigger;
  if (state.kind === 'finished' || cancel?.progress === 'wanted') return unchanged(trigger);
  if (state.kind === 'requested' && state.inDoubtUntil === null)
    return finish(trigger, 'canceled', at, { reason });
  const next: Trigger = { ...trigger, cancel: { progress: 'wanted', reason }, updatedAt: at };
  return { next, actions: [{ type: isRunning(trigger) ? 'cancel' : 'start' }] };
}

/**
 * A trigger whose pipeline runs again: a finished one gets its whole time again, and its open actions are
 * dropped. The latest request applies, so an earlier cancellation is dropped as well.
 */
function reopened(trigger: Trigger, at: number): RunningTrigger | null {
  if (isRunning(trigger)) return { ...trigger, cancel: null };
  const pipeline = pipelineOf(trigger);
  if (pipeline === null) return null;
  return {
    ...withoutGrace(trigger),
    state: { kind: 'running', pipeline },
    played: trigger.played.filter(({ progress }) => progress === 'played'),
    heldJobs: [],
    cancel: null,
    retry: null,
    ...(trigger.retriedJobs === undefined
      ? {}
      : { retriedJobs: retriedJobsOf(trigger).filter(({ progress }) => progress !== 'intended') }),
    deadlineAt: at + trigger.request.deadlineSeconds * 1000,
    ...observed(trigger, at, true),
    updatedAt: at,
  };
}

const requestedPlay = (request: ManualRequest, job: Job): PlayedJob => ({
  ...intendedPlay(request, job),
  isRequested: true,
});

/**
 * Plays the named manual jobs, or all that block, unless they were played already. A refused play may be requested
 * again, and a play that waits for a standstill of the pipeline is made immediately.
 */
export function requestPlay(
  trigger: Trigger,
  { at, jobs: named, pipeline, children = [], by = 'a caller' }: EventOf<'playRequested'>,
): Decision {
  const running = reopened(trigger, at);
  if (running === null) return unchanged(trigger);
  const playedIds = new Set(
    running.played
      .filter(
        ({ progress, isRequested }) => progress === 'played' || (progress === 'intended' && isRequested),
      )
      .map(({ id }) => id),
  );
  const jobs = withEnvironments(pipeline.jobs, running.jobs);
  const seen = withChildReadings(withOwnBridges(running, pipeline, at), children, at);
  const waiting = [...jobs, ...jobsToPlayInChildren(seen)];
  const chosen = playableOf(waiting, named).filter(({ id }) => !playedIds.has(id));
  return chosen.length > 0
    ? play(
        {
          ...approveHeldJobs(
            seen,
            chosen.map(({ id }) => id),
            { by },
          ),
          jobs,
          updatedAt: at,
        },
        chosen.map((job) => requestedPlay(running.request, job)),
      )
    : unchanged(trigger);
}

/** The names without a job that waits to be played or that this trigger has played. */
export function notPlayable(
  trigger: Trigger,
  jobs: readonly Job[],
  names: readonly string[],
): readonly string[] {
  const done = new Set(
    trigger.played.filter(({ progress }) => progress !== 'refused').map(({ name }) => name),
  );
  const waiting = new Set(jobs.filter(isPlayable).map(({ name }) => name));
  return [...new Set(names)].filter((name) => !waiting.has(name) && !done.has(name));
}

/** Runs the failed jobs again. A pipeline that succeeded has none. */
export function requestRetry(trigger: Trigger, at: number): Decision {
  const succeeded = trigger.state.kind === 'finished' && trigger.state.outcome === 'success';
  const running = succeeded ? null : reopened(trigger, at);
  if (running === null || running.retry?.progress === 'wanted') return unchanged(trigger);
  const next: Trigger = { ...running, retry: { progress: 'wanted', reason: null }, updatedAt: at };
  return { next, actions: [{ type: 'retry' }] };
}

/** The deadline has passed. A trigger without a pipeline by then has never reached GitLab. */
export function passDeadline(trigger: Trigger, at: number): Decision {
  const { state, request } = trigger;
  if (state.kind === 'finished' || at < trigger.deadlineAt) return unchanged(trigger);
  if (state.kind === 'requested') {
    const why = state.lastError ?? 'no answer from GitLab';
    return finish(trigger, 'error', at, { reason: `no pipeline before the deadline: ${why}` });
  }
  // It has failed already, and was watched only in case somebody would retry it.
  if (trigger.grace !== undefined)
    return finish(trigger, 'failed', at, { failedJobs: failedJobsOf(trigger.jobs) });
  const reason = `no result within ${request.deadlineSeconds} seconds; the pipeline is ${state.pipeline.status}`;
  const { next } = finish(trigger, 'deadline', at, { reason });
  if (!request.cancelOnDeadline) return { next, actions: [] };
  return { next: { ...next, cancel: { progress: 'wanted', reason } }, actions: [{ type: 'cancel' }] };
}
