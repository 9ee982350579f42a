import type { MyWork } from '../../app/triggers/my-work.ts';
import { approvalsOf } from '../../domain/trigger/held-jobs.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { triggerBadge } from './badges.ts';
import type { Html } from './html.ts';
import { brief, html } from './html.ts';
import { timeAgo } from './time.ts';

/** The most job names of one trigger. */
const mostNames = 3;

const linkTo = ({ id, request }: Trigger, place = ''): Html =>
  html`<a href="/triggers/${id}${place}"><bdi>${brief(request.project)}</bdi></a>
    <span class="ref"><bdi>${brief(request.ref)}</bdi></span>`;

function approvalLine(trigger: Trigger): Html {
  const names = approvalsOf(trigger).map(({ name }) => name);
  const more = names.length - mostNames;
  return html`<li>
    ${linkTo(trigger, '#approvals')}
    ${names.slice(0, mostNames).map((name) => html`<strong><bdi>${brief(name)}</bdi></strong> `)}
    ${more > 0 && html`<span class="note">and ${more} more</span>`}
  </li>`;
}

/** On top of a person's list: what waits for them to approve it, and what they have started. */
export function myWork({ toApprove, started }: MyWork, now: number): Html {
  const startedLine = (trigger: Trigger): Html =>
    html`<li>
      ${triggerBadge(trigger)} ${linkTo(trigger)}
      <span class="note">${timeAgo(trigger.createdAt, now)}</span>
    </li>`;
  return html`<section
      id="to-approve"
      class="card"
      data-part
      aria-labelledby="to-approve-heading"
      ${toApprove.length === 0 && html`hidden`}
    >
      <header><h2 id="to-approve-heading">Waits for your approval</h2></header>
      <ul class="body choices">
        ${toApprove.map(approvalLine)}
      </ul>
    </section>
    <section
      id="started"
      class="card"
      data-part
      aria-labelledby="started-heading"
      ${started.length === 0 && html`hidden`}
    >
      <header><h2 id="started-heading">Started by you</h2></header>
      <ul class="body choices">
        ${started.map(startedLine)}
      </ul>
    </section>`;
}

/** The number of approvals that wait, as a tab shows it before the title. */
export const titleWith = ({ toApprove }: MyWork, title: string): string =>
  toApprove.length === 0 ? title : `(${toApprove.length}) ${title}`;
