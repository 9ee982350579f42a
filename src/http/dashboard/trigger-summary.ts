import { jobsOfFamily } from '../../domain/trigger/family.ts';
import { jobsUnderWay } from '../../domain/trigger/job.ts';
import { reasonOf } from '../../domain/trigger/finish.ts';
import { rulesText } from '../../domain/trigger/manual-rules.ts';
import type { OnManual, Trigger } from '../../domain/trigger/trigger.ts';
import { isRunning, pipelineOf } from '../../domain/trigger/trigger.ts';
import { clip, clipList } from '../../domain/text.ts';
import type { Html } from './html.ts';
import { brief, html } from './html.ts';
import { timeAgo } from './time.ts';
import { triggerBadge } from './badges.ts';
import { progress } from './estimate.ts';
import { card, pipelineLink, projectName, refName } from './parts.ts';
import type { Usual } from '../../domain/run-statistics.ts';

const whenBlocked = {
  fail: 'end as manual',
  pass: 'count as passed',
  play: 'play it',
} as const satisfies Record<OnManual, string>;

/** Rules for manual jobs may be hundreds; the API gives all of them. */
const longestRules = 2_000;

const fact = (name: string, value: Html | string | number | null): Html | false =>
  value !== null &&
  html`<dt>${name}</dt>
    <dd>${value}</dd>`;

function waitsFor(trigger: Trigger): Html | null {
  const jobs = isRunning(trigger) ? jobsUnderWay(jobsOfFamily(trigger)) : [];
  if (jobs.length === 0) return null;
  const names = jobs.slice(0, 5).map(({ name }, at) => html`${at > 0 && ', '}<bdi>${brief(name)}</bdi>`);
  return html`${names}${jobs.length > 5 && ` and ${jobs.length - 5} more`}`;
}

function upstreamFact({ request: { upstream, cancelWithUpstream } }: Trigger): Html | null {
  if (upstream === null) return null;
  const together = cancelWithUpstream ? ', canceled with it' : '';
  return html`<bdi>${brief(upstream.project)}</bdi> #${upstream.pipelineId}${together}`;
}

/** What is known about a trigger besides itself. */
interface Facts {
  readonly waiters: number;
  /** The problem of its project's hook; null for none. */
  readonly hook: Html | null;
  readonly now: number;
}

/** The request of a trigger, and its times. */
export function triggerRequest(trigger: Trigger, { waiters, hook, now }: Facts): Html {
  const { id, request, state, createdAt, observedAt, deadlineAt, caller } = trigger;
  const named = request.onManual === 'play' && request.jobs !== null;
  const short = named
    ? `play ${clipList(request.jobs, { most: 10, longest: 100 })}`
    : whenBlocked[request.onManual];
  const manual = clip(rulesText(request) ?? short, longestRules);
  return card(
    { id: 'request', title: 'Request' },
    html`<dl class="facts">
      ${fact('Waits for', waitsFor(trigger))} ${fact('Callers', waiters)}
      ${fact('Requested', html`${timeAgo(createdAt, now)} by <bdi>${caller}</bdi>`)}
      ${fact('Updated', timeAgo(observedAt, now))} ${fact('Hook', hook)}
      ${
        state.kind === 'finished'
          ? fact('Ended', timeAgo(state.finishedAt, now))
          : fact('Deadline', timeAgo(deadlineAt, now))
      }
      ${fact('If a manual job blocks', manual)} ${fact('On behalf of', upstreamFact(trigger))}
      ${fact('Id', html`<code class="id">${id}</code>`)}
    </dl>`,
  );
}

/** The answer first: the state of a trigger, of what, for how long, and what usually follows. */
export function triggerSummary(
  trigger: Trigger,
  { usual, now }: { readonly usual: Usual | null; readonly now: number },
): Html {
  const { request } = trigger;
  const pipeline = pipelineOf(trigger);
  const reason = reasonOf(trigger);
  return html`<section id="summary" data-part aria-label="Summary">
    <div class="headline state">
      ${triggerBadge(trigger)}
      <h1 class="name">
        <span class="clip" title="${brief(request.project)}">${projectName(request.project)}</span
        >${refName(request.ref)}
      </h1>
      ${pipeline !== null && pipelineLink(pipeline.id, pipeline.webUrl)}
    </div>
    ${progress(trigger, { usual, now })}
    ${reason !== null && html`<p class="why"><bdi class="reason">${reason}</bdi></p>`}
  </section>`;
}
