import type { Decision, EventOf } from './event.ts';
import { finish, unchanged } from './finish.ts';
import { play } from './follow-pipeline.ts';
import { isBlocking, isPlayable } from './job.ts';
import type { RunningTrigger, Trigger } from './trigger.ts';
import { isRunning, pipelineOf } from './trigger.ts';

/** Has the pipeline canceled, as soon as there is one. The trigger ends when GitLab shows it canceled. */
export function requestCancel(trigger: Trigger, reason: string, at: number): Decision {
  if (trigger.state.kind === 'finished' || trigger.cancel?.progress === 'wanted') return unchanged(trigger);
  const next: Trigger = { ...trigger, cancel: { progress: 'wanted', reason }, updatedAt: at };
  return { next, actions: [{ type: isRunning(trigger) ? 'cancel' : 'start' }] };
}

/** A finished trigger whose pipeline is set going again, with its whole time before it. */
function reopened(trigger: Trigger, at: number): RunningTrigger | null {
  if (isRunning(trigger)) return trigger;
  const pipeline = pipelineOf(trigger);
  if (pipeline === null) return null;
  const deadlineAt = at + trigger.request.deadlineSeconds * 1000;
  return { ...trigger, state: { kind: 'running', pipeline }, cancel: null, deadlineAt, newsAt: at, updatedAt: at };
}

/** Plays the manual jobs that somebody named, or all that block, unless they were played already. A refused play may be asked for again. */
export function requestPlay(trigger: Trigger, { at, jobs, pipeline }: EventOf<'playRequested'>): Decision {
  const playedIds = new Set(trigger.played.filter(({ progress }) => progress !== 'refused').map(({ id }) => id));
  const playable = pipeline.jobs.filter((job) => isPlayable(job) && !playedIds.has(job.id));
  const chosen =
    jobs === null ? playable.filter(isBlocking) : jobs.flatMap((name) => playable.filter((job) => job.name === name));
  const running = chosen.length > 0 ? reopened(trigger, at) : null;
  return running === null ? unchanged(trigger) : play({ ...running, jobs: pipeline.jobs, updatedAt: at }, chosen);
}

/** Runs again what failed. A pipeline that succeeded has nothing to run again. */
export function requestRetry(trigger: Trigger, at: number): Decision {
  const succeeded = trigger.state.kind === 'finished' && trigger.state.outcome === 'success';
  const running = succeeded ? null : reopened(trigger, at);
  if (running === null || running.retry?.progress === 'wanted') return unchanged(trigger);
  const next: Trigger = { ...running, retry: { progress: 'wanted', reason: null }, updatedAt: at };
  return { next, actions: [{ type: 'retry' }] };
}

/** The time is up. Without a pipeline by then, GitLab was never reached. */
export function passDeadline(trigger: Trigger, at: number): Decision {
  const { state, request } = trigger;
  if (state.kind === 'finished' || at < trigger.deadlineAt) return unchanged(trigger);
  if (state.kind === 'requested') {
    const why = state.trouble ?? 'no answer from GitLab';
    return finish(trigger, 'error', at, { reason: `no pipeline before the deadline: ${why}` });
  }
  const reason = `no result within ${request.deadlineSeconds} seconds; the pipeline is ${state.pipeline.status}`;
  const { next } = finish(trigger, 'deadline', at, { reason });
  if (!request.cancelOnDeadline) return { next, actions: [] };
  return { next: { ...next, cancel: { progress: 'wanted', reason } }, actions: [{ type: 'cancel' }] };
}
