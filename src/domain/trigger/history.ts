import type { TriggerEvent, ReadReason, Origin } from './event.ts';
import type { HeldJobState } from './held-job.ts';
import { retriedJobsOf } from './auto-retry.ts';
import { reportSummaries } from './report.ts';
import type { Trigger } from './trigger.ts';
import { isRunning } from './trigger.ts';

/** The cause of a change. */
export interface Cause extends Origin {
  readonly event: TriggerEvent['type'];
}

/** The lines of a trigger's history for operators, besides the timeline that callers follow. */
export type Note =
  /** A request to create the pipeline is sent (`lastError` null), or has failed. */
  | { readonly type: 'start'; readonly lastError: string | null }
  /** GitLab was polled. `status` is the status of the pipeline, or null and `refusal` is GitLab's error. */
  | {
      readonly type: 'read';
      readonly why: ReadReason;
      readonly status: string | null;
      readonly refusal: string | null;
    }
  | {
      readonly type: 'play';
      readonly id: number;
      readonly name: string;
      readonly progress: 'intended' | 'refused';
      readonly refusal: string | null;
    }
  | {
      readonly type: 'retry' | 'cancel';
      readonly progress: 'wanted' | 'done';
      readonly reason: string | null;
    }
  /** A failed job that the service retries by itself. */
  | {
      readonly type: 'jobRetry';
      readonly id: number;
      readonly name: string;
      readonly reason: string;
      readonly progress: 'intended' | 'done' | 'refused';
      readonly refusal: string | null;
    }
  /** A report to the upstream pipeline has got on. */
  | {
      readonly type: 'report';
      readonly kind: 'gate' | 'commitStatus';
      readonly target: string;
      readonly detail: string;
    }
  /** A job waits for a person (`open`), or does not any more. */
  | {
      readonly type: 'heldJob';
      readonly id: number;
      readonly name: string;
      readonly action: 'wait' | 'approve';
      readonly state: HeldJobState['kind'];
      readonly by: string | null;
      readonly comment: string | null;
    }
  /** A waiting caller was answered with this status; null: it had hung up before. */
  | { readonly type: 'answer'; readonly to: string; readonly status: number | null };

/** A note and when it was made, milliseconds since the epoch. */
export interface TimedNote {
  readonly at: number;
  readonly note: Note;
}

function startNotes(before: Trigger, event: TriggerEvent): readonly Note[] {
  if (event.type === 'callFailed' && before.state.kind === 'requested')
    return [{ type: 'start', lastError: event.reason }];
  if (event.type !== 'startTried') return [];
  if (event.reason === null && event.inDoubt === null) return [];
  return [{ type: 'start', lastError: event.reason }];
}

function readNotes(event: TriggerEvent): readonly Note[] {
  const why = event.origin?.why ?? 'sweep';
  const note = (status: string | null, refusal: string | null): readonly Note[] => [
    { type: 'read', why, status, refusal },
  ];
  if (event.type === 'playPostponed')
    return [{ type: 'read', why: 'action', status: event.pipeline.status, refusal: null }];
  if (event.type === 'pipelineRead' || event.type === 'pipelineListed')
    return note(event.pipeline.status, null);
  if (event.type === 'pipelineGone') return note(null, 'there is no such pipeline');
  return event.type === 'readRefused' ? note(null, event.reason) : [];
}

function playNotes(before: Trigger, after: Trigger): readonly Note[] {
  const known = new Map(before.played.map(({ id, progress }) => [id, progress]));
  return after.played.flatMap(({ id, name, progress, refusal }) =>
    progress === 'played' || known.get(id) === progress
      ? []
      : [{ type: 'play' as const, id, name, progress, refusal }],
  );
}

function heldJobNotes(before: Trigger, after: Trigger): readonly Note[] {
  const known = new Map((before.heldJobs ?? []).map(({ id, state }) => [id, state.kind]));
  return (after.heldJobs ?? [])
    .filter(({ id, state }) => known.get(id) !== state.kind)
    .map(({ id, name, action, state }) => {
      const decision = 'by' in state ? state : { by: null, comment: null };
      return {
        type: 'heldJob',
        id,
        name,
        action,
        state: state.kind,
        by: decision.by,
        comment: decision.comment,
      };
    });
}

const pendingActionNotes = (before: Trigger, after: Trigger): readonly Note[] =>
  (['retry', 'cancel'] as const).flatMap((type) => {
    const pending = after[type];
    if (pending === null || pending === before[type]) return [];
    return [{ type, progress: pending.progress, reason: pending.reason }];
  });

function jobRetryNotes(before: Trigger, after: Trigger): readonly Note[] {
  const known = new Map(retriedJobsOf(before).map(({ id, progress }) => [id, progress]));
  return retriedJobsOf(after)
    .filter(({ id, progress }) => known.get(id) !== progress)
    .map(({ id, name, reason, progress, refusal }) => ({
      type: 'jobRetry',
      id,
      name,
      reason,
      progress,
      refusal,
    }));
}

function reportNotes(before: Trigger, after: Trigger): readonly Note[] {
  const known = new Map(reportSummaries(before).map(({ kind, detail }) => [kind, detail]));
  return reportSummaries(after).flatMap(({ kind, target, detail }) =>
    detail === null || known.get(kind) === detail ? [] : [{ type: 'report' as const, kind, target, detail }],
  );
}

/** The lines that an event adds to the history of a trigger, besides the changes of its timeline. */
export function notesOn(before: Trigger, after: Trigger, event: TriggerEvent): readonly TimedNote[] {
  if (before === after) return [];
  const notes = [
    ...startNotes(before, event),
    ...heldJobNotes(before, after),
    ...playNotes(before, after),
    ...pendingActionNotes(before, after),
    ...jobRetryNotes(before, after),
    ...reportNotes(before, after),
  ];
  const all = isRunning(before) ? [...readNotes(event), ...notes] : notes;
  return all.map((note) => ({ at: event.at, note }));
}

/** The cause of the change that an event brought. */
export const causeOf = ({ type, origin }: TriggerEvent): Cause => ({ event: type, ...origin });

/** What webhooks report, each in its way. */
const hookEvents: ReadonlySet<TriggerEvent['type']> = new Set([
  'pipelineSeen',
  'jobSeen',
  'pipelineMentioned',
  'childSeen',
  'childMentioned',
]);

/** Why GitLab is polled after an event. */
export function readReason({ type }: TriggerEvent): ReadReason {
  if (hookEvents.has(type)) return 'hook';
  return type === 'pipelineListed' ? 'sweep' : 'action';
}
