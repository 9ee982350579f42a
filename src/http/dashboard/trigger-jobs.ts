import { approvalsOf } from '../../domain/trigger/held-jobs.ts';
import type { Job } from '../../domain/trigger/job.ts';
import { isBlocking, isComplete, isPlayable } from '../../domain/trigger/job.ts';
import type { PlayedJob, Trigger } from '../../domain/trigger/trigger.ts';
import { pipelineOf } from '../../domain/trigger/trigger.ts';
import { statusBadge } from './badges.ts';
import type { Html } from './html.ts';
import { brief, html } from './html.ts';
import { card, icon, tag } from './parts.ts';
import { jobTags, pipelinePicture } from './picture.ts';
import { failedLogs } from './trigger-logs.ts';

const playButton = (id: string, job: Job): Html =>
  html`<form method="post" action="/triggers/${id}/play">
    <input type="hidden" name="job" value="${job.name}" />
    <button
      id="play-${job.id}"
      class="small ${isBlocking(job) && 'primary'}"
      aria-label="Play ${brief(job.name)}"
    >
      ${icon('manual')} Play
    </button>
  </form>`;

const progressWords = {
  played: 'played by us',
  intended: 'to be played by us',
  refused: 'refused',
} as const satisfies Record<PlayedJob['progress'], string>;

/** What GitLab said to plays that it refused. */
function refusals({ played }: Trigger, jobs: readonly Job[]): Html {
  const shown = new Set(jobs.map(({ id }) => id));
  const refused = played.filter(({ id, progress }) => progress === 'refused' && shown.has(id));
  return html`${refused.map(
    ({ name, refusal }) =>
      html`<p class="body problem">
        <bdi>${brief(name)}</bdi>: GitLab refused: <bdi>${brief(refusal ?? 'no reason given', 300)}</bdi>
      </p>`,
  )}`;
}

/** The jobs to show where not all fit: first those that failed or wait to be played, then the others. */
function chosen(jobs: readonly Job[], most: number): readonly Job[] {
  if (jobs.length <= most) return jobs;
  const needsAttention = (job: Job): boolean => isPlayable(job) || job.status === 'failed';
  const shown = new Set([...jobs.filter(needsAttention), ...jobs].slice(0, most));
  return jobs.filter((job) => shown.has(job));
}

interface PictureOf {
  readonly isSteerable: boolean;
  readonly label: string;
  readonly now: number;
}

/** Jobs of a trigger as a picture, with buttons to play those that wait for it. */
export function jobsPicture(
  trigger: Trigger,
  jobs: readonly Job[],
  { isSteerable, label, now }: PictureOf,
): Html {
  const approvals = new Set(approvalsOf(trigger).map(({ id }) => id));
  const played = new Map(trigger.played.map((each) => [each.id, each]));
  return pipelinePicture(jobs, {
    label,
    now,
    isApproval: ({ id }) => approvals.has(id),
    actsOf: (job) => {
      if (!isPlayable(job)) return false;
      if (approvals.has(job.id))
        return html`<a class="button small" href="#comment-${job.id}">Approve or reject…</a>`;
      return isSteerable && playButton(trigger.id, job);
    },
    tagsOf: (job) => {
      const play = played.get(job.id);
      return html`${jobTags(job)}${job.failureReason !== null && tag(brief(job.failureReason, 60))}${
        play !== undefined && tag(progressWords[play.progress])
      }`;
    },
  });
}

interface JobsOptions {
  readonly isSteerable: boolean;
  readonly mostJobs: number;
  readonly withTraces: boolean;
  readonly now: number;
}

/** The pipeline of a trigger as a picture, and the logs of what failed. */
export function triggerJobs(trigger: Trigger, options: JobsOptions): Html {
  const { isSteerable, mostJobs, withTraces, now } = options;
  const { state, id } = trigger;
  const pipeline = pipelineOf(trigger);
  const jobs = chosen(trigger.jobs, mostJobs);
  const left = trigger.jobs.length - jobs.length;
  const done = trigger.jobs.filter(isComplete).length;
  const label = 'The pipeline, stages from left to right';
  const aside = html`${pipeline !== null && statusBadge(pipeline.status)}
  ${jobs.length > 0 && html`<span class="note">${done} of ${trigger.jobs.length} jobs done</span>`}
  ${jobs.length > 0 && html`<a class="button small" id="logs" href="/triggers/${id}/log">The logs of all jobs, as text</a>`}`;
  return card(
    { id: 'jobs', title: 'Pipeline', aside },
    html`${
      jobs.length === 0
        ? html`<p class="body note">No job is known yet: hooks and reads bring them.</p>`
        : jobsPicture(trigger, jobs, { isSteerable, label, now })
    }
    ${left > 0 && html`<p class="body note">and ${left} more, which GitLab shows</p>`}
    ${refusals(trigger, jobs)} ${withTraces && state.kind === 'finished' && failedLogs(state.failedJobs)}`,
  );
}
