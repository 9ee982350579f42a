import type { Decision } from './event.ts';
import { unchanged } from './finish.ts';
import type { HeldJob } from './held-job.ts';
import { shiftReport } from './report.ts';
import type { Trigger, TriggerState } from './trigger.ts';

/** The latest time that the trigger has stored. */
const latest = ({ observedAt, updatedAt }: Trigger): number => Math.max(observedAt, updatedAt);

/** Whether a trigger was updated in the future: the time of day was set back since then. */
export const isInFuture = (trigger: Trigger, now: number): boolean => latest(trigger) > now;

/** Moves all times of a trigger back as far as the time of day was set back, or its waits would take as much longer. */
export function shiftTimes(trigger: Trigger, at: number): Decision {
  if (!isInFuture(trigger, at)) return unchanged(trigger);
  const byMs = latest(trigger) - at;
  const next: Trigger = {
    ...trigger,
    state: settledEarlier(trigger.state, byMs),
    refusal: trigger.refusal === null ? null : { ...trigger.refusal, since: trigger.refusal.since - byMs },
    goneSince: trigger.goneSince === null ? null : trigger.goneSince - byMs,
    observedAt: trigger.observedAt - byMs,
    ...(trigger.provenAt === undefined ? {} : { provenAt: trigger.provenAt - byMs }),
    ...(trigger.heldJobs === undefined
      ? {}
      : { heldJobs: trigger.heldJobs.map((heldJob) => shiftHeldJob(heldJob, byMs)) }),
    ...(trigger.grace === undefined
      ? {}
      : { grace: { ...trigger.grace, until: trigger.grace.until - byMs } }),
    deadlineAt: trigger.deadlineAt - byMs,
    ...(trigger.reports === undefined
      ? {}
      : { reports: trigger.reports.map((report) => shiftReport(report, byMs)) }),
    updatedAt: at,
  };
  return { next, actions: [] };
}

const shiftHeldJob = (heldJob: HeldJob, byMs: number): HeldJob => ({
  ...heldJob,
  since: heldJob.since - byMs,
  expiresAt: heldJob.expiresAt === null ? null : heldJob.expiresAt - byMs,
});

function settledEarlier(state: TriggerState, byMs: number): TriggerState {
  if (state.kind !== 'requested' || state.inDoubtUntil === null) return state;
  // A doubt without a time limit stays without one.
  const isEndless = state.inDoubtUntil === Number.MAX_SAFE_INTEGER;
  return isEndless ? state : { ...state, inDoubtUntil: state.inDoubtUntil - byMs };
}
