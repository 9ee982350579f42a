import type { Decision, EventOf } from './event.ts';
import { finish, unchanged } from './finish.ts';
import type { Trigger } from './trigger.ts';
import { inDoubtOf, isFinished, isWaitingMember, pipelineOf } from './trigger.ts';

/** A member that its group starts: its deadline counts from here. */
export function startMember(trigger: Trigger, at: number): Decision {
  const { membership, request } = trigger;
  if (membership === undefined || !isWaitingMember(trigger)) return unchanged(trigger);
  const next: Trigger = {
    ...trigger,
    membership: { ...membership, isWaiting: false },
    deadlineAt: at + request.deadlineSeconds * 1000,
    observedAt: at,
    updatedAt: at,
  };
  return { next, actions: [{ type: 'start' }] };
}

/** A member that is not started any more. */
export const skipMember = (trigger: Trigger, { at, reason }: EventOf<'memberSkipped'>): Decision =>
  isWaitingMember(trigger) ? finish(trigger, 'skipped', at, { reason }) : unchanged(trigger);

/** A member that ended without a pipeline waits for its group again; one that succeeded is left alone. */
export function queueMember(trigger: Trigger, { at, deadlineAt }: EventOf<'memberQueued'>): Decision {
  const { membership } = trigger;
  const mayWait = isFinished(trigger) && pipelineOf(trigger) === null && inDoubtOf(trigger) === null;
  if (membership === undefined || !mayWait) return unchanged(trigger);
  const next: Trigger = {
    ...trigger,
    membership: { ...membership, isWaiting: true },
    state: { kind: 'requested', lastError: null, inDoubtUntil: null },
    cancel: null,
    retry: null,
    deadlineAt,
    observedAt: at,
    updatedAt: at,
  };
  return { next, actions: [] };
}
