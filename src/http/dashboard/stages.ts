import type { Job } from '../../domain/trigger/job.ts';
import {
  isBlocking,
  isComplete,
  isPlayable,
  isRequiredFailure,
  isUnderWay,
} from '../../domain/trigger/job.ts';
import { phase } from '../../domain/trigger/status.ts';
import type { Html } from './html.ts';
import { brief, html } from './html.ts';
import type { Tone } from './parts.ts';
import { spaced, lookOfStatus } from './statuses.ts';

/** The jobs of a pipeline that GitLab shows in one column. */
export interface Stage {
  readonly name: string;
  readonly jobs: readonly Job[];
}

/** Stages in pipeline order, each with its jobs. */
export function stagesOf(jobs: readonly Job[]): readonly Stage[] {
  const byStage = Map.groupBy(jobs, ({ stage }) => stage);
  return [...byStage].map(([name, inStage]) => ({ name, jobs: inStage }));
}

/** What a stage is, from what matters most: the first that is true of one of its jobs. */
const rules: readonly (readonly [status: string, isSo: (job: Job) => boolean])[] = [
  ['failed', isRequiredFailure],
  ['manual', isBlocking],
  ['running', ({ status }) => status === 'running' || status === 'canceling'],
  ['pending', (job) => isUnderWay(job)],
  ['created', ({ status }) => status === 'created'],
  ['canceled', ({ status }) => status === 'canceled'],
  ['warning', (job) => job.status === 'failed'],
  ['success', ({ status }) => status === 'success'],
  ['manual', isPlayable],
];

/** The status of a stage, as GitLab sums it up; `warning` where only what may fail has failed. */
export const statusOfStage = ({ jobs }: Stage): string =>
  rules.find(([, isSo]) => jobs.some(isSo))?.[0] ?? 'skipped';

const countOf = ({ jobs }: Stage, status: string): string => {
  const done = jobs.filter((job) => isComplete(job)).length;
  return jobs.length === 1 || phase(status) === 'complete' ? '' : ` ${done} of ${jobs.length}`;
};

const mostDots = 5;
const stepPx = 23;

/** The stages of a pipeline as dots, as GitLab draws them. */
export function stageDots(jobs: readonly Job[]): Html {
  const stages = stagesOf(jobs);
  if (stages.length === 0) return html`<span class="soft">–</span>`;
  const shown = stages.slice(0, stages.length > mostDots ? mostDots - 1 : mostDots);
  const left = stages.length - shown.length;
  const width = (shown.length - 1) * stepPx + 18 + (left > 0 ? 26 : 0);
  const said = shown.map((stage) => {
    const status = statusOfStage(stage);
    const word = status === 'warning' ? 'passed with warnings' : spaced(status);
    return { status, text: `${brief(stage.name, 40)} ${word}${countOf(stage, status)}` };
  });
  const dot = ({ status }: (typeof said)[number], at: number): Html =>
    stageDot(status, 9 + at * stepPx, 9, 8);
  return html`<svg
    class="dots"
    width="${width}"
    height="18"
    role="img"
    aria-label="Stages: ${said.map(({ text }) => text).join(', ')}${left > 0 && ` and ${left} more`}"
  >
    ${shown.length > 1 && html`<path class="rail" d="M9 9H${9 + (shown.length - 1) * stepPx}" />`}
    ${said.map(dot)} ${left > 0 && html`<text x="${width - 22}" y="13">+${left}</text>`}
  </svg>`;
}

/** The mark of a stage, in a picture. */
export function stageDot(status: string, x: number, y: number, radius: number): Html {
  const [tone, name] = lookOfStatus(status);
  const side = radius * 1.3;
  const sign = name === 'running' ? 'live' : name;
  return html`<g class="${tone satisfies Tone}"
    ><circle cx="${x}" cy="${y}" r="${radius}" /><use
      href="#i-${sign}"
      x="${x - side / 2}"
      y="${y - side / 2}"
      width="${side}"
      height="${side}"
  /></g>`;
}
