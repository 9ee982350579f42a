import type { Decision, EventOf } from './event.ts';
import { finish, unchanged } from './finish.ts';
import { phase } from './status.ts';
import type { PlayedJob, RunningTrigger, Trigger } from './trigger.ts';
import { isRunning } from './trigger.ts';

const hasEnded = ({ state }: RunningTrigger): boolean => phase(state.pipeline.status) === 'complete';

/** GitLab answers: the failure of an earlier call is over. */
const answered = { refusal: null, lastError: null } as const;

/** GitLab answered a play. If it refused, or the pipeline ended first, no webhook will follow: read the pipeline. */
export function settlePlay(
  trigger: Trigger,
  id: PlayedJob['id'],
  answer: Partial<PlayedJob>,
  at: number,
): Decision {
  if (!trigger.played.some((job) => job.id === id && job.progress === 'intended')) return unchanged(trigger);
  const played = trigger.played.map((job) => (job.id === id ? { ...job, ...answer } : job));
  const next = { ...trigger, ...answered, played, epoch: trigger.epoch + 1, updatedAt: at };
  const isSettled = played.every(({ progress }) => progress !== 'intended');
  const wasRefused = played.some(({ progress }) => progress === 'refused');
  const needsPoll = isRunning(trigger) && isSettled && (wasRefused || hasEnded(trigger));
  return { next, actions: needsPoll ? [{ type: 'confirm' }] : [] };
}

/** The trigger without the plays that wait for a standstill of the pipeline: they are decided again then. */
export const withoutPostponed = (trigger: Trigger): Trigger => ({
  ...trigger,
  played: trigger.played.filter(
    ({ progress, isRequested }) => progress !== 'intended' || isRequested === true,
  ),
});

/** After a retry the pipeline may run, or be idle because there was nothing to run again: read it. */
export function settleRetry(trigger: Trigger, at: number): Decision {
  if (trigger.retry?.progress !== 'wanted') return unchanged(trigger);
  const next: Trigger = {
    ...trigger,
    ...answered,
    retry: { ...trigger.retry, progress: 'done' },
    epoch: trigger.epoch + 1,
    updatedAt: at,
  };
  return { next, actions: isRunning(trigger) ? [{ type: 'confirm' }] : [] };
}

/** Nothing runs again: this ends a trigger that waits for the retry, unless the pipeline had not ended before. */
export function refuseRetry(trigger: Trigger, { at, reason }: EventOf<'retryRefused'>): Decision {
  if (trigger.retry?.progress !== 'wanted') return unchanged(trigger);
  const next: Trigger = { ...trigger, retry: { progress: 'done', reason }, updatedAt: at };
  const runsOn = isRunning(trigger) && !hasEnded(trigger);
  return runsOn ? { next, actions: [{ type: 'confirm' }] } : finish(next, 'error', at, { reason });
}

/** A pipeline that had ended stays as it is, and the trigger is canceled; a running one is canceled in GitLab. */
export function abandonRetry(trigger: Trigger, at: number): Decision {
  if (trigger.retry?.progress !== 'wanted') return unchanged(trigger);
  const next: Trigger = { ...trigger, retry: { ...trigger.retry, progress: 'done' }, updatedAt: at };
  return isRunning(trigger) && hasEnded(trigger)
    ? finish(next, 'canceled', at, { reason: trigger.cancel?.reason ?? null })
    : { next, actions: [] };
}

/** GitLab accepts every cancellation, with effect or without: read the pipeline. */
export function settleCancel(trigger: Trigger, at: number): Decision {
  if (trigger.cancel?.progress !== 'wanted') return unchanged(trigger);
  const next: Trigger = {
    ...trigger,
    ...answered,
    cancel: { ...trigger.cancel, progress: 'done' },
    updatedAt: at,
  };
  return { next, actions: isRunning(trigger) ? [{ type: 'confirm' }] : [] };
}

/** Ends this trigger and leaves the pipeline running for the other triggers that share it. */
export function withholdCancel(trigger: Trigger, { others, at }: EventOf<'cancelWithheld'>): Decision {
  if (trigger.cancel?.progress !== 'wanted') return unchanged(trigger);
  const reason = `${trigger.cancel.reason ?? 'canceled'}; the pipeline goes on, since ${others} other triggers wait for it`;
  const next: Trigger = { ...trigger, cancel: { progress: 'done', reason }, updatedAt: at };
  return isRunning(trigger) ? finish(next, 'canceled', at, { reason }) : { next, actions: [] };
}
