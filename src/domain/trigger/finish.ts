import type { Decision } from './event.ts';
import type { FailedJob } from './job.ts';
import type { Outcome, Trigger } from './trigger.ts';
import { isFinished, pipelineOf, inDoubtOf } from './trigger.ts';

/** Nothing follows: the very same trigger, so that nothing needs to be stored. */
export const unchanged = (trigger: Trigger): Decision => ({ next: trigger, actions: [] });

/** Nobody is waited for any more. */
const withoutHeldJobs = (trigger: Trigger): Trigger =>
  trigger.heldJobs === undefined
    ? trigger
    : {
        ...trigger,
        heldJobs: trigger.heldJobs.map((heldJob) =>
          heldJob.state.kind === 'open' ? { ...heldJob, state: { kind: 'withdrawn' } } : heldJob,
        ),
      };

/** The end of a trigger; a finished one stays as it ended. */
export function finish(
  trigger: Trigger,
  outcome: Outcome,
  at: number,
  { reason = null, failedJobs = [] }: { reason?: string | null; failedJobs?: readonly FailedJob[] } = {},
): Decision {
  if (isFinished(trigger)) return unchanged(trigger);
  const state = {
    kind: 'finished',
    pipeline: pipelineOf(trigger),
    outcome,
    reason,
    failedJobs,
    finishedAt: at,
    ...inDoubtOf(trigger),
  } as const;
  return { next: { ...withoutHeldJobs(trigger), state, updatedAt: at }, actions: [] };
}

/** Why a trigger ended as it did, or what delays it. */
export function reasonOf({ state, refusal, lastError }: Trigger): string | null {
  if (state.kind === 'finished') return state.reason;
  if (state.kind === 'requested') return state.lastError;
  return refusal === null ? lastError : `GitLab does not show the pipeline: ${refusal.reason}`;
}
