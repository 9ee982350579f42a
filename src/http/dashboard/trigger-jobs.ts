import type { FailedJob, Job } from '../../domain/trigger/job.ts';
import { isBlocking, isPlayable } from '../../domain/trigger/job.ts';
import type { PlayedJob, Trigger } from '../../domain/trigger/trigger.ts';
import type { Html } from './html.ts';
import { brief, html, safeLink } from './html.ts';
import { statusBadge } from './badges.ts';
import type { Stage } from './stages.ts';
import { stagesOf } from './stages.ts';

export const playButton = (id: string, job: Job): Html =>
  html`<form method="post" action="/triggers/${id}/play">
    <input type="hidden" name="job" value="${job.name}" />
    <button id="play-${job.id}" class="${isBlocking(job) && 'primary'}" aria-label="Play ${brief(job.name)}">
      Play
    </button>
  </form>`;

function playNote(played: PlayedJob | undefined): Html | false {
  if (played === undefined) return false;
  if (played.progress === 'refused')
    return html`<span class="problem"
      >GitLab refused: <bdi>${brief(played.refusal ?? 'no reason given', 300)}</bdi></span
    >`;
  return html`<span class="note"
    >${played.progress === 'played' ? 'played by us' : 'to be played by us'}</span
  >`;
}

function jobLine(trigger: Trigger, job: Job, isSteerable: boolean): Html {
  const played = trigger.played.find(({ id }) => id === job.id);
  return html`<li>
    <span class="job">${statusBadge(job.status)} ${safeLink(job.webUrl, brief(job.name))}</span>
    ${job.allowFailure && html`<span class="note">optional</span>`}
    ${job.failureReason !== null && html`<span class="note"><bdi>${brief(job.failureReason)}</bdi></span>`}
    ${playNote(played)} ${isSteerable && isPlayable(job) && playButton(trigger.id, job)}
  </li>`;
}

function traceOf({ name, traceTail }: FailedJob): Html | false {
  if (traceTail === null || traceTail === '') return false;
  return html`<details>
    <summary>The end of the log of <bdi>${brief(name)}</bdi></summary>
    <pre tabindex="0" aria-label="The end of the log of ${brief(name)}"><code>${traceTail}</code></pre>
  </details>`;
}

/** The jobs to show where not all fit: first those that failed or wait to be played, then the others. */
function chosen(jobs: readonly Job[], most: number): readonly Job[] {
  if (jobs.length <= most) return jobs;
  const needsAttention = (job: Job): boolean => isPlayable(job) || job.status === 'failed';
  const shown = new Set([...jobs.filter(needsAttention), ...jobs].slice(0, most));
  return jobs.filter((job) => shown.has(job));
}

/** The jobs of a trigger's pipeline by stage, with buttons to play those that wait for it. */
export function triggerJobs(
  trigger: Trigger,
  { isSteerable, mostJobs, withTraces }: { isSteerable: boolean; mostJobs: number; withTraces: boolean },
): Html {
  const { state } = trigger;
  const jobs = chosen(trigger.jobs, mostJobs);
  const left = trigger.jobs.length - jobs.length;
  const stage = ({ name, jobs: inStage }: Stage): Html =>
    html`<h3><bdi>${brief(name)}</bdi> <span class="note">${inStage.length}</span></h3>
      <ul class="jobs">
        ${inStage.map((job) => jobLine(trigger, job, isSteerable))}
      </ul>`;
  const nothing = html`<p class="note">No job is known yet: hooks and reads bring them.</p>`;
  return html`<section id="jobs" data-part aria-labelledby="jobs-heading">
    <h2 id="jobs-heading">Jobs</h2>
    ${jobs.length === 0 ? nothing : stagesOf(jobs).map(stage)}
    ${left > 0 && html`<p class="note">and ${left} more, which GitLab shows</p>`}
    ${withTraces && state.kind === 'finished' && state.failedJobs.map(traceOf)}
    ${jobs.length > 0 && html`<p><a href="/triggers/${trigger.id}/log">The logs of all jobs, as text</a></p>`}
  </section>`;
}
