import type { TriggerId } from '../../domain/ids.ts';
import { pollIntervalMs } from '../../domain/trigger/poll-interval.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';

/** When it is the turn of each trigger that has been without news for a while. */
export interface PollSchedule {
  /** Takes note of who is without news now, the longest first; forgets everybody else. */
  readonly note: (quiet: readonly Trigger[], now: number) => void;
  readonly isDue: (id: TriggerId, now: number) => boolean;
  /** It is taken up now: its next turn comes after a rest, unless there is news before. */
  readonly takeUp: (trigger: Trigger, now: number) => void;
  /** Its turn does not come before the time. */
  readonly postpone: (id: TriggerId, until: number) => void;
  /** GitLab gave no answer: its turn comes again soon. */
  readonly retry: (id: TriggerId, now: number) => void;
  /** GitLab answers again: its turn has come. */
  readonly hasten: (id: TriggerId, now: number) => void;
}

interface Options {
  readonly quietMs: number;
  /** Of what came before nobody knows whether it was all: hooks that GitLab could not deliver it forgets. */
  readonly startedAt: number;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** Jitter: a poll is due after a share of its interval, random between these, so polls do not coincide. */
const [soonest, latest] = [0.9, 0.95];
/** After a stop so many are looked at in a second, more only where all would not have their turn in `quietMs`. */
const overduePerSecond = 10;
/** How long one waits at most whom GitLab gave no answer. */
export const retryMs = 60_000;

/** Kept in memory: what a restart forgets is in the order of the triggers themselves. */
export function createPollSchedule({ quietMs, startedAt, random }: Options): PollSchedule {
  const entries = new Map<TriggerId, { readonly observedAt: number; readonly dueAt: number }>();

  const jittered = (ms: number): number => ms * (soonest + (latest - soonest) * random());
  const restOf = (trigger: Trigger): number => jittered(pollIntervalMs(trigger, quietMs));

  /** Those who have stood in the store while nobody looked come one after the other. */
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
