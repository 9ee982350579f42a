import type { Decision, EventOf } from './event.ts';
import { finish, unchanged } from './finish.ts';
import type { Trigger } from './trigger.ts';
import { isFinished, isRunning } from './trigger.ts';

/** For how long a refusal may be temporary: a token is being renewed, a project moved, a name server repaired. */
const longestRefusalMs = 600_000;

/**
 * The time between two 404s for a pipeline before it counts as gone: a replica of GitLab's database may lag.
 */
const goneMs = 30_000;

/** GitLab shows the project, but no such pipeline: after the second such answer it is gone. */
export function missPipeline(trigger: Trigger, at: number): Decision {
  if (!isRunning(trigger)) return unchanged(trigger);
  const since = trigger.goneSince;
  if (since === null)
    return { next: { ...trigger, goneSince: at, refusal: null, updatedAt: at }, actions: [] };
  return at - since < goneMs
    ? unchanged(trigger)
    : finish(trigger, 'error', at, { reason: 'the pipeline is gone: GitLab answers 404' });
}

/** GitLab refuses to show the pipeline. That may be temporary: for a while it changes nothing but the reason. */
export function refuseRead(
  trigger: Trigger,
  { at, reason }: Pick<EventOf<'readRefused'>, 'at' | 'reason'>,
): Decision {
  if (!isRunning(trigger)) return unchanged(trigger);
  const since = trigger.refusal?.since ?? at;
  const next: Trigger = { ...trigger, refusal: { since, reason }, goneSince: null, updatedAt: at };
  return at - since < longestRefusalMs
    ? { next, actions: [] }
    : finish(next, 'error', at, { reason: `GitLab does not show the pipeline: ${reason}` });
}

/** A call got no answer and is made again. A failure that will hardly pass by itself gets as long as a refusal. */
export function failCall(trigger: Trigger, event: EventOf<'callFailed'>): Decision {
  const { at, reason, isLasting } = event;
  const { state } = trigger;
  if (isFinished(trigger)) return unchanged(trigger);
  if (isRunning(trigger)) return isLasting ? refuseRead(trigger, event) : noteError(trigger, reason);
  if (state.kind !== 'requested') return unchanged(trigger);
  const since = trigger.refusal?.since ?? at;
  const refusal = isLasting ? { since, reason } : null;
  const isNoted = state.lastError === reason && trigger.refusal?.since === refusal?.since;
  const next: Trigger = { ...trigger, state: { ...state, lastError: reason }, refusal, updatedAt: at };
  if (isLasting && at - since >= longestRefusalMs) return finish(next, 'error', at, { reason });
  return isNoted ? unchanged(trigger) : { next, actions: [] };
}

/** Whether something is still to be done in GitLab. */
export const hasOpenCall = ({ retry, cancel, played }: Trigger): boolean =>
  retry?.progress === 'wanted' ||
  cancel?.progress === 'wanted' ||
  played.some(({ progress }) => progress === 'intended');

/** The pipeline has not changed, so it is not polled more often. Another kind of failure ends an earlier refusal. */
function noteError(trigger: Trigger, reason: string): Decision {
  const refusal = hasOpenCall(trigger) ? null : trigger.refusal;
  return trigger.lastError === reason && trigger.refusal === refusal
    ? unchanged(trigger)
    : { next: { ...trigger, lastError: reason, refusal }, actions: [] };
}
