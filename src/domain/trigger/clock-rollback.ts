import type { Decision } from './event.ts';
import { unchanged } from './finish.ts';
import type { Gate } from './gate.ts';
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
    ...(trigger.gates === undefined ? {} : { gates: trigger.gates.map((gate) => shiftGate(gate, byMs)) }),
    deadlineAt: trigger.deadlineAt - byMs,
    ...(trigger.reports === undefined
      ? {}
      : { reports: trigger.reports.map((report) => shiftReport(report, byMs)) }),
    updatedAt: at,
  };
  return { next, actions: [] };
}

const shiftGate = (gate: Gate, byMs: number): Gate => ({
  ...gate,
  since: gate.since - byMs,
  expiresAt: gate.expiresAt === null ? null : gate.expiresAt - byMs,
});

function settledEarlier(state: TriggerState, byMs: number): TriggerState {
  if (state.kind !== 'requested' || state.inDoubtUntil === null) return state;
  // A doubt without a time limit stays without one.
  const isEndless = state.inDoubtUntil === Number.MAX_SAFE_INTEGER;
  return isEndless ? state : { ...state, inDoubtUntil: state.inDoubtUntil - byMs };
}
