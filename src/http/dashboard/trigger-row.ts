import type { Job } from '../../domain/trigger/job.ts';
import { isBlocking, jobsUnderWay } from '../../domain/trigger/job.ts';
import { approvalsOf } from '../../domain/trigger/held-jobs.ts';
import { reasonOf } from '../../domain/trigger/finish.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { isFinished, isRunning, pipelineOf } from '../../domain/trigger/trigger.ts';
import type { Html } from './html.ts';
import { brief, html } from './html.ts';
import type { Cell } from './table.ts';
import { tableRow } from './table.ts';
import { timeAgo } from './time.ts';
import { hookMark, triggerBadge } from './badges.ts';

/** The most job names in a row; a pipeline can run hundreds of jobs concurrently. */
const mostNames = 2;

function jobNames(jobs: readonly Pick<Job, 'name'>[], mark: string | null): Html {
  const names = jobs
    .slice(0, mostNames)
    .map(({ name }, at) => html`${at > 0 && ', '}<bdi>${brief(name)}</bdi>`);
  const more = jobs.length - mostNames;
  return html`${names}${more > 0 && html` <span class="note">and ${more} more</span>`}${
    mark !== null && html` <span class="note">${mark}</span>`
  }`;
}

/** What a trigger waits for, or why it ended as it did. */
function waitsFor(trigger: Trigger): Html {
  const approvals = approvalsOf(trigger);
  if (approvals.length > 0) return jobNames(approvals, 'to be approved');
  const jobs = isRunning(trigger) ? jobsUnderWay(trigger.jobs) : [];
  if (jobs.length > 0) return jobNames(jobs, jobs.some(isBlocking) ? 'to be played' : null);
  const reason = reasonOf(trigger);
  if (reason !== null) return html`<span class="note"><bdi>${brief(reason, 200)}</bdi></span>`;
  const { state } = trigger;
  if (state.kind === 'finished' && state.failedJobs.length > 0) return jobNames(state.failedJobs, 'failed');
  return html`<span class="note">${isFinished(trigger) ? '–' : 'an update from GitLab'}</span>`;
}

export const columns = [
  'Status',
  'Pipeline',
  'Waits for',
  'Callers',
  'Requested',
  'Updated',
  'Deadline',
] as const;

/** The context of a trigger's row. */
interface Besides {
  readonly waiters: number;
  /** Why webhooks for it do not arrive; null for no problem. */
  readonly hookProblem: string | null;
}

/** A trigger as a line of the list. */
export function triggerRow(trigger: Trigger, { waiters, hookProblem }: Besides, now: number): Html {
  const { id, request, state, createdAt, observedAt, deadlineAt } = trigger;
  const pipeline = pipelineOf(trigger);
  const head = html`<a href="/triggers/${id}"><bdi>${brief(request.project)}</bdi></a>
    <span class="ref"><bdi>${brief(request.ref)}</bdi></span>
    ${pipeline !== null && html`<span class="note">#${pipeline.id}</span>`}`;
  const end =
    state.kind === 'finished'
      ? html`<span class="note">ended ${timeAgo(state.finishedAt, now)}</span>`
      : timeAgo(deadlineAt, now);
  const cells: readonly Cell[] = [
    { kind: 'status', content: triggerBadge(trigger) },
    { kind: 'head', content: head },
    { kind: 'wide', content: html`${waitsFor(trigger)} ${hookMark(hookProblem)}` },
    { kind: 'number', content: waiters },
    { kind: 'time', content: timeAgo(createdAt, now) },
    { kind: 'time', content: timeAgo(observedAt, now) },
    { kind: 'time', content: end },
  ];
  return tableRow(columns, cells, { id: `row-${id}`, at: createdAt });
}
