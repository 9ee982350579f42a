import type { ChildPipeline } from '../../domain/trigger/child-pipeline.ts';
import { holdingChildren } from '../../domain/trigger/child.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { pipelineOf } from '../../domain/trigger/trigger.ts';
import { statusBadge } from './badges.ts';
import type { Html } from './html.ts';
import { brief, html } from './html.ts';
import { card, icon, pipelineLink, tag } from './parts.ts';
import { stageDots } from './stages.ts';
import { jobsPicture } from './trigger-jobs.ts';

interface Options {
  readonly isSteerable: boolean;
  readonly mostChildren: number;
  readonly mostJobs: number;
  readonly now: number;
}

/** A child pipeline, opened in its place: while it goes on, waits or has failed. */
function childBox(trigger: Trigger, child: ChildPipeline, { isSteerable, mostJobs, now }: Options): Html {
  const { id, bridge, status, webUrl, jobs, unreadable, holds } = child;
  const shown = (jobs ?? []).slice(0, mostJobs);
  const name = brief(bridge.name);
  const label = `Child pipeline ${name}, stages from left to right`;
  return html`<div class="beside">
    <details class="child" ${status !== 'success' && html`open`}>
      <summary>
        ${icon('chevron', 'chev')} ${statusBadge(status)} <b><bdi>${name}</bdi></b>
        <span class="soft">child pipeline</span> ${shown.length > 0 && stageDots(shown)}
        ${!holds && tag('not waited for')}
      </summary>
      ${unreadable !== null && html`<p class="body problem"><bdi>${brief(unreadable, 300)}</bdi></p>`}
      ${
        shown.length > 0
          ? jobsPicture(trigger, shown, { isSteerable, label, now })
          : html`<p class="body note">No job of it is known.</p>`
      }
    </details>
    <span class="out in">${pipelineLink(id, webUrl)}</span>
  </div>`;
}

/** The pipelines that the trigger's pipeline has started, each as a picture with buttons to play what waits in it. */
export function triggerChildren(trigger: Trigger, options: Options): Html | false {
  const { children = [] } = trigger;
  const pipeline = pipelineOf(trigger);
  if (children.length === 0 || pipeline === null) return false;
  const holding = new Set(holdingChildren(children, pipeline.id).map(({ id }) => id));
  const shown = children.slice(0, options.mostChildren);
  const left = children.length - shown.length;
  const box = (child: ChildPipeline): Html =>
    childBox(trigger, child, { ...options, isSteerable: options.isSteerable && holding.has(child.id) });
  return card(
    { id: 'children', title: 'Child pipelines' },
    html`${shown.map(box)} ${left > 0 && html`<p class="body note">and ${left} more</p>`}`,
  );
}
