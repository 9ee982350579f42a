import type { Cause } from './history.ts';
import { approvalIn, isHeld } from './held-jobs.ts';
import { endSeenView, lacksWebhook } from './end-seen.ts';
import type { FailedJob } from './job.ts';
import type { Candidate, Outcome, Trigger } from './trigger.ts';
import { isFinished, pipelineOf } from './trigger.ts';

/** One line of a trigger's history, as callers can follow it. Its cause is stored, but not shown to callers. */
export type TimelineEntry = { readonly cause?: Cause } &
  /** With `candidate`: it is known which pipeline may be retried. */
  (
    | { readonly type: 'state'; readonly state: 'pending' | 'finished'; readonly candidate?: Candidate }
    | {
        readonly type: 'status';
        readonly pipelineId: number;
        readonly status: string;
        readonly webUrl: string | null;
      }
    | {
        readonly type: 'job';
        readonly id: number;
        readonly name: string;
        readonly stage: string;
        readonly status: string;
      }
    | {
        readonly type: 'played';
        readonly id: number;
        readonly name: string;
        readonly stage: string;
        /** The child pipeline that it is in. */
        readonly pipelineId?: number;
      }
    /** A job waits to be approved. */
    | {
        readonly type: 'approval';
        readonly id: number;
        readonly job: string;
        readonly stage: string;
        readonly environment: string | null;
        readonly since: number;
        readonly expiresAt: number;
      }
    | {
        readonly type: 'outcome';
        readonly outcome: Outcome;
        readonly reason: string | null;
        readonly failedJobs: readonly FailedJob[];
        /** Polling found it, since no webhook had reported it; else left out. */
        readonly endSeenBy?: 'poll';
        readonly endSeenLateSeconds?: number;
        readonly project?: string;
      }
  );

/** The state of a trigger in the API's words. */
export const stateOf = (trigger: Trigger): 'pending' | 'finished' =>
  isFinished(trigger) ? 'finished' : 'pending';

function stateChange(before: Trigger | null, after: Trigger): readonly TimelineEntry[] {
  const state = stateOf(after);
  return before !== null && stateOf(before) === state ? [] : [{ type: 'state', state }];
}

function candidateFound(before: Trigger | null, after: Trigger): readonly TimelineEntry[] {
  const { candidate } = after;
  const known = before?.candidate;
  if (candidate === undefined || (known?.id === candidate.id && known.tip === candidate.tip)) return [];
  return [{ type: 'state', state: stateOf(after), candidate }];
}

function statusChange(before: Trigger | null, after: Trigger): readonly TimelineEntry[] {
  const pipeline = pipelineOf(after);
  const known = before === null ? null : pipelineOf(before);
  if (pipeline === null || (known?.id === pipeline.id && known.status === pipeline.status)) return [];
  return [{ type: 'status', pipelineId: pipeline.id, status: pipeline.status, webUrl: pipeline.webUrl }];
}

function jobChanges(before: Trigger | null, after: Trigger): readonly TimelineEntry[] {
  const known = new Map((before?.jobs ?? []).map(({ id, status }) => [id, status]));
  return after.jobs
    .filter((job) => known.get(job.id) !== job.status)
    .map(({ id, name, stage, status }) => ({ type: 'job', id, name, stage, status }));
}

function plays(before: Trigger | null, after: Trigger): readonly TimelineEntry[] {
  const known = new Set(
    (before?.played ?? []).filter(({ progress }) => progress === 'played').map(({ id }) => id),
  );
  return after.played
    .filter(({ id, progress }) => progress === 'played' && !known.has(id))
    .map(({ id, name, stage, pipelineId }) => ({
      ...({ type: 'played', id, name, stage } as const),
      ...(pipelineId === undefined ? {} : { pipelineId }),
    }));
}

function approvals(before: Trigger | null, after: Trigger): readonly TimelineEntry[] {
  const known = new Set((before?.heldJobs ?? []).map(({ id }) => id));
  return (after.heldJobs ?? [])
    .filter((heldJob) => heldJob.action === 'approve' && isHeld(heldJob) && !known.has(heldJob.id))
    .map((heldJob) => ({ type: 'approval', ...approvalIn(after, heldJob) }));
}

function ending(before: Trigger | null, after: Trigger): readonly TimelineEntry[] {
  const { state, request } = after;
  if (state.kind !== 'finished' || (before !== null && isFinished(before))) return [];
  const { outcome, reason, failedJobs } = state;
  const { endSeenBy, endSeenLateSeconds } = endSeenView(after);
  const seen =
    endSeenBy === 'poll' && lacksWebhook(after)
      ? {
          endSeenBy,
          ...(endSeenLateSeconds === undefined ? {} : { endSeenLateSeconds }),
          project: request.project,
        }
      : {};
  return [{ type: 'outcome', outcome, reason, failedJobs, ...seen }];
}

/** The changes from one version of a trigger to the next, in the order to report them; the outcome comes last. */
export const changesBetween = (before: Trigger | null, after: Trigger): readonly TimelineEntry[] => [
  ...candidateFound(before, after),
  ...statusChange(before, after),
  ...jobChanges(before, after),
  ...plays(before, after),
  ...approvals(before, after),
  ...stateChange(before, after),
  ...ending(before, after),
];
