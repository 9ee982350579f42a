import type { Job } from '../../domain/trigger/job.ts';
import { isComplete, isPlayable } from '../../domain/trigger/job.ts';
import { shortDuration } from './durations.ts';
import type { Html } from './html.ts';
import { brief, html } from './html.ts';
import { icon, mark, tag } from './parts.ts';
import type { Stage } from './stages.ts';
import { stageDot, stagesOf, statusOfStage } from './stages.ts';
import { lookOfStatus, spaced } from './statuses.ts';

/** Lengths in pixels, as `dashboard.css` has them: the picture counts with them. */
const columnPx = { few: 320, many: 244 } as const;
const gapPx = 48;
const headPx = 32;
/** Up to so many stages have room for wide columns. */
const mostWide = 3;

/** From so many passed jobs of a stage on, they are one line that opens. */
const fewestFolded = 8;

interface PictureOptions {
  /** For screen readers. */
  readonly label: string;
  /** What can be done about a job, below its name; false for nothing. */
  readonly actsOf: (job: Job) => Html | false;
  /** What is to be said about a job, beside its name. */
  readonly tagsOf: (job: Job) => Html | false;
  /** Jobs that a person has to approve. */
  readonly isApproval: (job: Job) => boolean;
  readonly now: number;
}

const statusOf = (job: Job, isApproval: boolean): string => {
  if (isApproval) return 'approval';
  return job.status === 'failed' && job.allowFailure ? 'warning' : job.status;
};

const wordOf: Readonly<Partial<Record<string, string>>> = {
  approval: 'needs approval',
  warning: 'failed, allowed to',
};

function jobTime({ startedAt, finishedAt }: Job, now: number): Html | false {
  if (startedAt === undefined) return false;
  const ended = finishedAt ?? now;
  const text = shortDuration(ended - startedAt);
  return finishedAt === undefined
    ? html`<time class="n" data-since="${new Date(startedAt).toISOString()}">${text}</time>`
    : html`<span class="n">${text}</span>`;
}

function face(job: Job, status: string, { tagsOf, now }: PictureOptions): Html {
  const [tone, name] = lookOfStatus(status);
  const url = job.webUrl !== null && /^https?:\/\//i.test(job.webUrl) ? job.webUrl : null;
  const content = html`${mark(tone, name)}<span class="label" title="${brief(job.name, 200)}"
      ><bdi>${brief(job.name)}</bdi></span
    ><span class="unseen">${wordOf[status] ?? spaced(status)}</span>${tagsOf(job)}${jobTime(job, now)}`;
  return url === null
    ? html`<div class="face">${content}</div>`
    : html`<a href="${url}" rel="noreferrer">${content}</a>`;
}

function jobBox(job: Job, options: PictureOptions): Html {
  const status = statusOf(job, options.isApproval(job));
  const [tone] = lookOfStatus(status);
  const acts = options.actsOf(job);
  const isGate = isPlayable(job) && acts !== false;
  const kind = isGate ? (job.allowFailure ? 'gate optional' : 'gate') : '';
  return html`<li class="job ${tone} ${kind}" id="job-box-${job.id}">
    ${face(job, status, options)} ${acts !== false && html`<div class="do">${acts}</div>`}
  </li>`;
}

/** Passed jobs of a stage with many, as one line: what failed, runs or waits has its place first. */
function foldedBox(jobs: readonly Job[], options: PictureOptions): Html {
  return html`<li>
    <details class="job more good">
      <summary>
        ${mark('good', 'success')}<span class="label">${jobs.length} passed</span>${icon('down')}
      </summary>
      <ol class="jobs">
        ${jobs.map((job) => jobBox(job, options))}
      </ol>
    </details>
  </li>`;
}

function stageColumn({ name, jobs }: Stage, options: PictureOptions): Html {
  const passed = jobs.filter(({ status }) => status === 'success');
  const folded = passed.length >= fewestFolded ? passed : [];
  const shown = jobs.filter((job) => !folded.includes(job));
  const done = jobs.filter(isComplete).length;
  return html`<li class="stage">
    <h3>
      <span class="label"><bdi>${brief(name)}</bdi></span>
      <span class="note">${done} of ${jobs.length}</span>
      <span class="unseen">${spaced(statusOfStage({ name, jobs }))}</span>
    </h3>
    <ol class="jobs">
      ${shown.map((job) => jobBox(job, options))} ${folded.length > 0 && foldedBox(folded, options)}
    </ol>
  </li>`;
}

/**
 * The jobs of a pipeline as a picture: stages from left to right, each with its jobs. GitLab’s hooks and REST API do not
 * say which job needs which, so that only the order of the stages is drawn.
 */
export function pipelinePicture(jobs: readonly Job[], options: PictureOptions): Html {
  const stages = stagesOf(jobs);
  const isWide = stages.length <= mostWide;
  const stepPx = (isWide ? columnPx.few : columnPx.many) + gapPx;
  const width = stages.length * stepPx - gapPx;
  const middle = headPx / 2;
  const head = (stage: Stage, at: number): Html =>
    stageDot(statusOfStage(stage), 10 + at * stepPx, middle, 9);
  const rail =
    stages.length > 1 && html`<path class="rail" d="M10 ${middle}H${10 + (stages.length - 1) * stepPx}" />`;
  return html`<div class="graph ${isWide && 'few'}" tabindex="0" role="region" aria-label="${options.label}">
    <div class="canvas">
      <svg class="lines" width="${width}" height="${headPx}" aria-hidden="true">${rail}</svg>
      <ol class="stages">
        ${stages.map((stage) => stageColumn(stage, options))}
      </ol>
      <svg class="lines" width="${width}" height="${headPx}" aria-hidden="true">${stages.map(head)}</svg>
    </div>
  </div>`;
}

/** What GitLab lets a job do, as a word beside its name. */
export const jobTags = (job: Job): Html | false =>
  job.allowFailure && tag(job.status === 'manual' ? 'optional' : 'allowed');
