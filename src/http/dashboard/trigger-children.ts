import type { ChildPipeline } from '../../domain/trigger/child-pipeline.ts';
import { holdingChildren } from '../../domain/trigger/child.ts';
import { isPlayable } from '../../domain/trigger/job.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { pipelineOf } from '../../domain/trigger/trigger.ts';
import { statusBadge } from './badges.ts';
import type { Html } from './html.ts';
import { brief, html, safeLink } from './html.ts';
import { playButton } from './trigger-jobs.ts';

interface Options {
  readonly isSteerable: boolean;
  readonly mostChildren: number;
}

function childLine(trigger: Trigger, child: ChildPipeline, isSteerable: boolean): Html {
  const { id, bridge, status, webUrl, jobs, unreadable, holds } = child;
  const waiting = (jobs ?? []).filter(isPlayable);
  return html`<li>
    <span class="job">${statusBadge(status)} ${safeLink(webUrl, brief(bridge.name))}</span>
    <span class="note">#${id}</span>
    ${!holds && html`<span class="note">not waited for</span>`}
    ${unreadable !== null && html`<span class="problem"><bdi>${brief(unreadable, 300)}</bdi></span>`}
    ${waiting.map((job) => html`<span><bdi>${brief(job.name)}</bdi> ${isSteerable && playButton(trigger.id, job)}</span>`)}
  </li>`;
}

/** The pipelines that the trigger's pipeline has started, with buttons to play what waits in them. */
export function triggerChildren(trigger: Trigger, { isSteerable, mostChildren }: Options): Html | false {
  const { children = [] } = trigger;
  const pipeline = pipelineOf(trigger);
  if (children.length === 0 || pipeline === null) return false;
  const holding = new Set(holdingChildren(children, pipeline.id).map(({ id }) => id));
  const shown = children.slice(0, mostChildren);
  return html`<section id="children" data-part aria-labelledby="children-heading">
    <h2 id="children-heading">Child pipelines</h2>
    <ul class="jobs">
      ${shown.map((child) => childLine(trigger, child, isSteerable && holding.has(child.id)))}
    </ul>
    ${children.length > shown.length && html`<p class="note">and ${children.length - shown.length} more</p>`}
  </section>`;
}
