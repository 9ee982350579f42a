import type { Job } from '../../domain/trigger/job.ts';
import { isBlocking, jobsUnderWay } from '../../domain/trigger/job.ts';
import { approvalsOf } from '../../domain/trigger/held-jobs.ts';
import { reasonOf } from '../../domain/trigger/finish.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { isFinished, isRunning, pipelineOf } from '../../domain/trigger/trigger.ts';
import { hookMark, triggerBadge } from './badges.ts';
import { asksPerson } from './asks-person.ts';
import { duration } from './durations.ts';
import type { Html } from './html.ts';
import { brief, dense, html } from './html.ts';
import { pipelineLink, projectName, refName } from './parts.ts';
import { stageDots } from './stages.ts';
import { timeAgo } from './time.ts';

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

/** A column: its name, and its place where the screen has less room, as `dashboard.css` has it. */
const columns = [
  ['Status', 'st'],
  ['Pipeline', 'fill main'],
  ['GitLab', 'gl'],
  ['Stages', 'stagecell'],
  ['Waits for, or why it ended', 'fill sub'],
  ['Asked by', 'by'],
  ['Duration', 'right end'],
  ['Started', 'right sub2'],
  ['Ended', 'over1440'],
  ['Deadline', 'over1440'],
  ['Callers', 'over1440 right'],
] as const satisfies readonly (readonly [name: string, place: string])[];

const nothing = html`<span class="soft">–</span>`;

/** The context of a trigger's row. */
interface Besides {
  readonly waiters: number;
  /** Why webhooks for it do not arrive; null for no problem. */
  readonly hookProblem: string | null;
  /** Whether it stands beside others of the same upstream pipeline, under one head. */
  readonly isTogether?: boolean;
  /** Whether its stages are drawn: left out where the page would be too long. */
  readonly hasStages?: boolean;
}

function askedBy({ caller, request: { upstream } }: Trigger): Html {
  return html`<bdi title="${upstream !== null && `${brief(upstream.project)} #${upstream.pipelineId}`}"
      >${brief(caller, 40)}</bdi
    >${upstream !== null && html`<span class="out">#${upstream.pipelineId}</span>`}`;
}

/** The contents of a trigger's cells, in the order of the columns. */
function contentsOf(
  trigger: Trigger,
  { waiters, hookProblem, hasStages = true }: Besides,
  now: number,
): readonly Html[] {
  const { id, request, state, createdAt, deadlineAt } = trigger;
  const pipeline = pipelineOf(trigger);
  const endedAt = state.kind === 'finished' ? state.finishedAt : null;
  return [
    triggerBadge(trigger),
    html`<div class="name">
      <a class="row" href="/triggers/${id}" title="${brief(request.project)}"
        >${projectName(request.project)}</a
      >${refName(request.ref)}
    </div>`,
    pipeline === null ? nothing : pipelineLink(pipeline.id, pipeline.webUrl),
    hasStages ? stageDots(trigger.jobs) : nothing,
    html`<span class="clip">${hookMark(hookProblem)} ${waitsFor(trigger)}</span>`,
    askedBy(trigger),
    duration(createdAt, endedAt, now),
    timeAgo(createdAt, now),
    endedAt === null ? nothing : timeAgo(endedAt, now),
    endedAt === null ? timeAgo(deadlineAt, now) : nothing,
    html`<span class="n">${waiters}</span>`,
  ];
}

/** A trigger as a line of the list. */
export function triggerRow(trigger: Trigger, besides: Besides, now: number): Html {
  const cell = (content: Html, at: number): Html => {
    const place = columns[at]?.[1] ?? '';
    return place === 'fill main'
      ? html`<th role="rowheader" scope="row" class="${place}">${content}</th>`
      : html`<td role="cell" class="${place}">${content}</td>`;
  };
  const looks = [asksPerson(trigger) && 'ask', besides.isTogether === true && 'together'].filter(
    (look) => look !== false,
  );
  return dense(
    html`<tr
      role="row"
      id="row-${trigger.id}"
      data-at="${trigger.createdAt}"
      data-part
      class="${looks.join(' ')}"
    >
      ${contentsOf(trigger, besides, now).map(cell)}
    </tr>`,
  );
}

/** The line above triggers of one upstream pipeline. */
function upstreamRow(triggers: readonly Trigger[]): Html | false {
  const [first] = triggers;
  const upstream = first?.request.upstream;
  if (first === undefined || upstream == null) return false;
  return html`<tr class="upstream" role="row" id="from-${first.id}" data-at="${first.createdAt}" data-part>
    <th role="rowheader" scope="rowgroup" colspan="${columns.length}">
      From <b><bdi>${brief(upstream.project)}</bdi></b> <span class="out">#${upstream.pipelineId}</span> ·
      ${triggers.length} triggers
    </th>
  </tr>`;
}

/** Triggers of one upstream pipeline together, at the place of the newest. */
export const groupsOf = (triggers: readonly Trigger[]): readonly (readonly Trigger[])[] => [
  ...Map.groupBy(triggers, ({ id, request: { upstream } }) =>
    upstream === null ? id : `${upstream.project} ${upstream.pipelineId}`,
  ).values(),
];

/** The list of triggers. */
export function triggerTable(
  triggers: readonly Trigger[],
  besidesOf: (trigger: Trigger) => Besides,
  now: number,
): Html {
  const group = (together: readonly Trigger[]): Html =>
    html`${together.length > 1 && upstreamRow(together)}${together.map((trigger) =>
      triggerRow(trigger, { ...besidesOf(trigger), isTogether: together.length > 1 }, now),
    )}`;
  return html`<table class="rows triggers" role="table" aria-labelledby="heading">
    <thead role="rowgroup">
      <tr role="row">
        ${columns.map(([name, place]) => html`<th role="columnheader" scope="col" class="${place}">${name}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup" id="rows">
      ${groupsOf(triggers).map(group)}
    </tbody>
  </table>`;
}
