import { approvalIn, approvalsOf } from '../../domain/trigger/held-jobs.ts';
import type { HeldJob } from '../../domain/trigger/held-job.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { Html } from './html.ts';
import { brief, html } from './html.ts';
import { timeAgo } from './time.ts';

/** The job goes with the form, so that a page that is old decides about nothing else. */
function approvalCard(trigger: Trigger, heldJob: HeldJob, refusal: string | null, now: number): Html {
  const { job, stage, environment, since, expiresAt } = approvalIn(trigger, heldJob);
  const field = `comment-${heldJob.id}`;
  const form = html`<form method="post" action="/triggers/${trigger.id}/approve" class="stack">
    <input type="hidden" name="job" value="${job}" />
    <label for="${field}">Comment, optional</label>
    <input id="${field}" name="comment" maxlength="1000" autocomplete="off" />
    <div class="actions">
      <button class="primary">Approve</button>
      <button class="danger" formaction="/triggers/${trigger.id}/reject">Reject</button>
    </div>
  </form>`;
  return html`<li>
    <p>
      <strong><bdi>${brief(job)}</bdi></strong>
      <span class="note"
        >${environment === null ? html`stage ${brief(stage)}` : html`to ${brief(environment)}`}, waits since
        ${timeAgo(since, now)}, answer ${timeAgo(expiresAt, now)}</span
      >
    </p>
    ${refusal === null ? form : html`<p class="note">${refusal}</p>`}
  </li>`;
}

/** The jobs that wait to be approved, with the buttons; for those who may not, why not. */
export function triggerApprovals(
  trigger: Trigger,
  { refusal, now, most }: { readonly refusal: string | null; readonly now: number; readonly most: number },
): Html {
  const waiting = approvalsOf(trigger).slice(0, most);
  return html`<section
    id="approvals"
    data-part
    aria-labelledby="approvals-heading"
    ${waiting.length === 0 && html`hidden`}
  >
    <h2 id="approvals-heading">Waits for approval</h2>
    <ul class="choices">
      ${waiting.map((heldJob) => approvalCard(trigger, heldJob, refusal, now))}
    </ul>
  </section>`;
}
