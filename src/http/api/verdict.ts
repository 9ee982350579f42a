import type { Outcome, Trigger } from '../../domain/trigger/trigger.ts';
import { problem } from '../middleware/problem.ts';
import type { Reply } from '../middleware/reply.ts';
import { verdictText } from './verdict-text.ts';
import { blockingJobsView, failedJobsView, triggerView } from '../../api/trigger-view.ts';
import { namesOf } from '../../domain/text.ts';

/**
 * The status code is the verdict. Nothing final uses a status that curl retries (408, 429, 500, 502, 503, 504,
 * 522, 524); nothing unfinished is 2xx.
 */
export const statusOf = {
  success: 200,
  manual_passed: 200,
  failed: 424,
  skipped: 424,
  deadline: 424,
  canceled: 409,
  manual: 423,
  error: 422,
} as const satisfies Record<Outcome, number>;

export const titleOf = {
  success: 'The pipeline succeeded',
  manual_passed: 'The pipeline waits for a manual job, which counts as passed',
  failed: 'The pipeline failed',
  skipped: 'The pipeline was skipped',
  deadline: 'The pipeline did not end before the deadline',
  canceled: 'The pipeline was canceled',
  manual: 'The pipeline waits for a manual job',
  error: 'The pipeline could not be triggered',
} as const satisfies Record<Outcome, string>;

/** The headers of every answer to a waiting caller. @param outcome null while the trigger is pending */
export const stateHeaders = (outcome: Outcome | null): Readonly<Record<string, string>> => ({
  'cache-control': 'no-store',
  'pipeline-trigger-state': outcome === null ? 'pending' : 'finished',
  ...(outcome === null ? {} : { 'pipeline-trigger-outcome': outcome }),
});

/** How a trigger ended; null while it is pending. */
export const outcomeOf = ({ state }: Trigger): Outcome | null =>
  state.kind === 'finished' ? state.outcome : null;

interface Form {
  /** Readable text instead of JSON. */
  readonly isText?: boolean;
  /** A note about the answer itself. */
  readonly note?: string | null;
}

/** The answer to a caller that waited for a finished trigger. */
export function verdict(
  trigger: Finished,
  waiters: number,
  { isText = false, note = null }: Form = {},
): Reply {
  const { outcome, reason, failedJobs } = trigger.state;
  const view = triggerView(trigger, waiters);
  const headers = stateHeaders(outcome);
  const status = statusOf[outcome];
  if (isText) return { status, headers, body: verdictText(trigger, { title: titleOf[outcome], note }) };
  if (status === 200) return { status, headers, body: view };
  const title = titleOf[outcome];
  const extra = {
    ...(outcome === 'manual' ? { blockingJobs: blockingJobsView(trigger) } : {}),
    ...(status === 424 ? { failedJobs: failedJobsView(failedJobs) } : {}),
    trigger: view,
  };
  return problem(
    {
      code: outcome,
      status,
      title,
      detail: [reason ?? detailOf(trigger, title), note].filter(Boolean).join('; '),
    },
    extra,
    headers,
  );
}

function detailOf({ state }: Trigger, title: string): string {
  if (state.kind !== 'finished' || state.failedJobs.length === 0) return title;
  return `failed jobs: ${namesOf(state.failedJobs)}`;
}

/** A trigger that has ended. */
export type Finished = Trigger & { readonly state: { readonly kind: 'finished' } };

export const isFinishedTrigger = (trigger: Trigger): trigger is Finished => trigger.state.kind === 'finished';
