import { isPlayable } from '../../domain/trigger/job.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { isFinished, isRunning, outcomes, pipelineOf } from '../../domain/trigger/trigger.ts';
import type { Html } from './html.ts';
import { brief, html } from './html.ts';

const button = (id: string, action: string, text: string, kind = ''): Html =>
  html`<form method="post" action="/triggers/${id}/${action}">
    <button class="${kind}">${text}</button>
  </form>`;

/** The manual jobs to play: the ticked ones, or without any those that block. */
function playForm({ id, jobs }: Trigger, most: number): Html | false {
  const playable = jobs.filter(isPlayable).slice(0, most);
  if (playable.length === 0) return false;
  const box = ({ id: jobId, name, allowFailure }: (typeof playable)[number]): Html =>
    html`<li>
      <label for="job-${jobId}"
        ><input
          type="checkbox"
          id="job-${jobId}"
          name="job"
          value="${name}"
          ${!allowFailure && html`checked`}
        />
        <bdi>${brief(name)}</bdi> ${allowFailure && html`<span class="note">optional</span>`}</label
      >
    </li>`;
  return html`<details name="acts">
    <summary class="button">Play manual jobs…</summary>
    <form method="post" action="/triggers/${id}/play" class="panel">
      <fieldset>
        <legend>Which jobs, in pipeline order</legend>
        <ul class="choices">
          ${playable.map(box)}
        </ul>
      </fieldset>
      <p class="hint">With none ticked, all that block the pipeline are played.</p>
      <button class="primary">Play</button>
    </form>
  </details>`;
}

const cancelForm = ({ id }: Trigger): Html =>
  html`<details name="acts">
    <summary class="button">Cancel the pipeline…</summary>
    <form method="post" action="/triggers/${id}/cancel" class="panel">
      <p class="hint">
        Cancels the pipeline and its child pipelines in GitLab. Waiting callers are notified.
      </p>
      <label for="cancel-reason">Reason</label>
      <input id="cancel-reason" name="reason" required maxlength="1000" />
      <button class="danger">Cancel the pipeline</button>
    </form>
  </details>`;

function resolveForm({ id }: Trigger): Html {
  const choices = outcomes.map(
    (outcome) => html`<option value="${outcome}">${outcome.replaceAll('_', ' ')}</option>`,
  );
  return html`<details name="acts">
    <summary class="button">Resolve by hand…</summary>
    <form method="post" action="/triggers/${id}/resolve" class="panel">
      <p class="hint">Ends the trigger without a request to GitLab. Waiting callers get this outcome.</p>
      <label for="outcome">Outcome</label>
      <select id="outcome" name="outcome" required>
        <option value="" selected>Choose an outcome…</option>
        ${choices}
      </select>
      <label for="reason">Reason</label>
      <input id="reason" name="reason" required maxlength="1000" />
      <button class="danger">Resolve</button>
    </form>
  </details>`;
}

/** Whether there are jobs to run again. */
const hasFailed = (trigger: Trigger): boolean =>
  pipelineOf(trigger) !== null &&
  trigger.jobs.some(({ status }) => status === 'failed' || status === 'canceled');

/** The reader's actions on a trigger. Plain forms: they need no script. */
export function triggerActions(
  trigger: Trigger,
  { mayResolve, mostJobs }: { readonly mayResolve: boolean; readonly mostJobs: number },
): Html {
  const { id } = trigger;
  const isRetriable = hasFailed(trigger);
  const isOver = isFinished(trigger) && !isRetriable && !trigger.jobs.some(isPlayable);
  return html`<section id="actions" class="acts" data-part aria-label="Actions">
    ${isRunning(trigger) && button(id, 'reconcile', 'Look at GitLab now')}
    ${isRetriable && button(id, 'retry', 'Retry failed jobs')} ${playForm(trigger, mostJobs)}
    ${!isFinished(trigger) && [cancelForm(trigger), mayResolve && resolveForm(trigger)]}
    ${isOver && html`<p class="note">It has ended; there is nothing to steer.</p>`}
  </section>`;
}
