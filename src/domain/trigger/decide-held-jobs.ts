import type { Decision, EventOf } from './event.ts';
import { finish, unchanged } from './finish.ts';
import { jobsOfFamily } from './family.ts';
import { plannedPlay, play } from './follow-pipeline.ts';
import type { HeldJob } from './held-job.ts';
import {
  approvalsOf,
  approveHeldJobs,
  heldJobNames,
  heldJobsOf,
  timeoutText,
  withStates,
} from './held-jobs.ts';
import { requestCancel } from './steer.ts';
import type { Trigger } from './trigger.ts';
import { isRunning } from './trigger.ts';

/**
 * The time of some held jobs, or of the watch over a failed pipeline, is up. What follows GitLab is asked for first: a
 * person may have played the job, or retried the pipeline.
 */
export function passTimeouts(trigger: Trigger, at: number): Decision {
  if (!isRunning(trigger) || trigger.cancel !== null) return unchanged(trigger);
  const isDue = ({ state, expiresAt }: HeldJob): boolean =>
    state.kind === 'open' && expiresAt !== null && expiresAt <= at;
  const due = heldJobsOf(trigger).filter(isDue);
  const { grace } = trigger;
  const isGraceOver = grace !== undefined && grace.isOver !== true && grace.until <= at;
  if (due.length === 0 && !isGraceOver) return unchanged(trigger);
  const next = {
    ...withStates(trigger, (heldJob) => (isDue(heldJob) ? { kind: 'timed_out' } : heldJob.state)),
    ...(isGraceOver ? { grace: { ...grace, isOver: true } as const } : {}),
    updatedAt: at,
  };
  const canceling = due.filter(({ onTimeout }) => onTimeout === 'cancel');
  if (canceling.length > 0) return requestCancel(next, timeoutText(canceling), at);
  return { next, actions: [{ type: 'confirm' }] };
}

/** Somebody rejected: the trigger ends, since what it was made for is not to be done. */
export function rejectHeldJobs(
  trigger: Trigger,
  { jobIds, by, comment, at }: EventOf<'approvalRejected'>,
): Decision {
  const rejected = approvalsOf(trigger).filter(({ id }) => jobIds.includes(id));
  if (!isRunning(trigger) || rejected.length === 0) return unchanged(trigger);
  const isRejected = ({ id }: HeldJob): boolean => rejected.some((heldJob) => heldJob.id === id);
  const next = withStates(trigger, (heldJob) =>
    isRejected(heldJob) ? { kind: 'rejected', by, comment } : heldJob.state,
  );
  const why = comment === null ? '' : `: ${comment}`;
  return finish(next, 'manual', at, { reason: `${heldJobNames(rejected)} was rejected by ${by}${why}` });
}

/** Plays what somebody approved, once the pipeline is at a standstill unless its rule says otherwise. */
export function playApproved(
  trigger: Trigger,
  { at, jobIds, by, comment }: EventOf<'approvalGiven'>,
): Decision {
  const approved = approvalsOf(trigger).filter(({ id }) => jobIds.includes(id));
  if (!isRunning(trigger) || approved.length === 0) return unchanged(trigger);
  const ids = approved.map(({ id }) => id);
  const next = { ...approveHeldJobs(trigger, ids, { by, comment }), updatedAt: at };
  const waiting = jobsOfFamily(trigger).filter((job) => ids.includes(job.id));
  return play(
    next,
    waiting.map((job) => plannedPlay(next, job)),
  );
}
