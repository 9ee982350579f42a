import type { TriggerId } from '../../domain/ids.ts';
import { pollIntervalMs } from '../../domain/trigger/poll-interval.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';

/** When each trigger without a recent update is polled. */
export interface PollSchedule {
  /** Sets the triggers without a recent update, the longest quiet first; forgets all others. */
  readonly note: (quiet: readonly Trigger[], now: number) => void;
  readonly isDue: (id: TriggerId, now: number) => boolean;
  /** The trigger is polled now: it is due again after its interval, unless an update comes first. */
  readonly takeUp: (trigger: Trigger, now: number) => void;
  /** Polls the trigger no sooner than this. */
  readonly postpone: (id: TriggerId, until: number) => void;
  /** GitLab gave no answer: the trigger is due again soon. */
  readonly retry: (id: TriggerId, now: number) => void;
  /** GitLab answers again: the trigger is due now. */
  readonly hasten: (id: TriggerId, now: number) => void;
}

interface Options {
  readonly quietMs: number;
  /** Earlier updates may be incomplete: GitLab drops webhooks that it could not deliver. */
  readonly startedAt: number;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** Jitter: a poll is due after a share of its interval, random between these, so polls do not coincide. */
const [soonest, latest] = [0.9, 0.95];
/** How many overdue triggers are polled per second after a stop; more only where `quietMs` would not be enough for all. */
const overduePerSecond = 10;
/** The longest time until a trigger is polled again for which GitLab gave no answer. */
export const retryMs = 60_000;

/** Kept in memory: after a restart the stored times of the triggers give their order. */
export function createPollSchedule({ quietMs, startedAt, random }: Options): PollSchedule {
  const entries = new Map<TriggerId, { readonly observedAt: number; readonly dueAt: number }>();

  const jittered = (ms: number): number => ms * (soonest + (latest - soonest) * random());
  const restOf = (trigger: Trigger): number => jittered(pollIntervalMs(trigger, quietMs));

  /** Spreads the triggers that became overdue while no process polled. */
  function spread(overdue: readonly Trigger[], now: number): void {
    const spacingMs = Math.min(1_000, (quietMs * soonest * overduePerSecond) / overdue.length);
    for (const [index, { id, observedAt }] of overdue.entries())
      entries.set(id, { observedAt, dueAt: now + Math.floor(index / overduePerSecond) * spacingMs });
  }

  function move(id: TriggerId, to: (dueAt: number) => number): void {
    const entry = entries.get(id);
    if (entry !== undefined) entries.set(id, { ...entry, dueAt: to(entry.dueAt) });
  }

  return {
    note(quiet, now) {
      const ids = new Set(quiet.map(({ id }) => id));
      for (const id of entries.keys()) if (!ids.has(id)) entries.delete(id);
      const overdue: Trigger[] = [];
      for (const trigger of quiet) {
        const { id, observedAt } = trigger;
        if (entries.get(id)?.observedAt === observedAt) continue;
        const dueAt = observedAt + restOf(trigger);
        if (dueAt > now && observedAt >= startedAt) entries.set(id, { observedAt, dueAt });
        else overdue.push(trigger);
      }
      spread(overdue, now);
    },
    isDue: (id, now) => (entries.get(id)?.dueAt ?? Infinity) <= now,
    takeUp: (trigger, now) =>
      void entries.set(trigger.id, { observedAt: trigger.observedAt, dueAt: now + restOf(trigger) }),
    postpone: (id, until) => move(id, (dueAt) => Math.max(dueAt, until)),
    retry: (id, now) => move(id, (dueAt) => Math.min(dueAt, now + jittered(retryMs))),
    hasten: (id, now) => move(id, (dueAt) => Math.min(dueAt, now)),
  };
}
