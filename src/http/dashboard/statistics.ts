import type { Clock, RunStatistics } from '../../app/ports/index.ts';
import type { DayOfRuns, ProjectRuns, RunSummary } from '../../domain/run-statistics.ts';
import { summarize } from '../../domain/run-statistics.ts';
import { barChart, lineChart } from './charts.ts';
import { longDuration, shortDuration } from './durations.ts';
import type { Html } from './html.ts';
import { brief, html } from './html.ts';
import type { PageContent } from './layout.ts';
import { card } from './parts.ts';
import type { Cell } from './table.ts';
import { table, tableRow, withQuery } from './table.ts';

interface Deps {
  readonly statistics: Pick<RunStatistics, 'endedSince'>;
  readonly clock: Pick<Clock, 'now'>;
}

const days = 30;
/** The newest of more: reading more of them would delay other requests. */
const mostRuns = 20_000;
const mostProjects = 50;
const dayMs = 86_400_000;

const dateOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

const rateOf = ({ passed, failed }: Pick<DayOfRuns, 'passed' | 'failed'>): string =>
  passed + failed === 0 ? '–' : `${((100 * passed) / (passed + failed)).toFixed(1)} %`;

const tile = (name: string, value: string, note: string): Html =>
  html`<div class="card tile">
    <dt>${name}</dt>
    <dd>${value} <span class="note">${note}</span></dd>
  </div>`;

const axis = (all: readonly DayOfRuns[]): Html =>
  html`<div class="x">
    <span>${dateOf(all[0]?.at ?? 0)}</span><span>${dateOf(all.at(-1)?.at ?? 0)}</span>
  </div>`;

function triggersADay({ days: all }: RunSummary): Html {
  const highest = Math.max(...all.map(({ passed, failed, others }) => passed + failed + others));
  const bars = all.map(({ at, passed, failed, others }) => ({
    title: `${dateOf(at)}: ${passed} passed, ${failed} failed, ${others} others`,
    parts: [
      { size: passed, look: 'f-good' },
      { size: failed, look: 'f-bad' },
      { size: others, look: 'f-other' },
    ],
  }));
  return card(
    {
      id: 'a-day',
      title: 'Triggers a day',
      aside: html`<span class="note">green passed · red failed · grey others</span>`,
    },
    html`<div class="chart">
      <div class="y"><span>${highest}</span><span>0</span></div>
      ${barChart(bars, { label: `Triggers a day, at most ${highest}`, highest })} ${axis(all)}
    </div>`,
  );
}

function durations({ days: all }: RunSummary): Html {
  const highest = Math.max(...all.map(({ p95Ms }) => p95Ms));
  const valuesOf = (pick: (day: DayOfRuns) => number) =>
    all.map((day) => (day.passed === 0 ? null : pick(day)));
  const lines = [
    { look: 's1', values: valuesOf(({ medianMs }) => medianMs) },
    { look: 's2', values: valuesOf(({ p95Ms }) => p95Ms) },
  ];
  return card(
    {
      id: 'durations',
      title: 'Duration of successful triggers',
      aside: html`<span class="note">line p50 · dashed p95</span>`,
    },
    html`<div class="chart">
      <div class="y"><span>${shortDuration(highest)}</span><span>0</span></div>
      ${lineChart(lines, { label: `Durations, at most ${longDuration(highest)}`, highest })} ${axis(all)}
    </div>`,
  );
}

const columns = ['Project', 'Triggers', 'Passed', 'Failed', 'Success', 'p50', 'p95'] as const;

function projectRow(each: ProjectRuns): Html {
  const { project, runs, passed, failed, medianMs, p95Ms } = each;
  const time = (ms: number): string => (passed === 0 ? '–' : shortDuration(ms));
  const link = withQuery('/', { state: 'all', project: brief(project, 300) });
  const cells: readonly Cell[] = [
    { kind: 'head', content: html`<a href="${link}"><bdi>${brief(project)}</bdi></a>` },
    ...[runs, passed, failed].map((count) => ({ kind: 'number' as const, content: count })),
    ...[rateOf(each), time(medianMs), time(p95Ms)].map((content) => ({ kind: 'number' as const, content })),
  ];
  return tableRow(columns, cells);
}

const nothing = html`<section class="empty">
  <h2>Nothing has ended within 30 days</h2>
  <p>Here will be how many triggers there are a day, how many succeed, and how long they take.</p>
</section>`;

function content(summary: RunSummary): Html {
  const { runs, medianMs, p95Ms, totalMs, projects } = summary;
  const left = projects.length - mostProjects;
  return html`<dl class="tiles">
      ${tile('Triggers', String(runs), `in ${days} days`)}
      ${tile('Success', rateOf(summary), 'of those that passed or failed')}
      ${tile('Usually', longDuration(medianMs), `95 % within ${longDuration(p95Ms)}`)}
      ${tile('Time saved', longDuration(totalMs), 'that jobs would have waited, polling')}
    </dl>
    <div class="charts">${triggersADay(summary)} ${durations(summary)}</div>
    ${card(
      { id: 'projects', title: 'By project' },
      html`${table(columns, projects.slice(0, mostProjects).map(projectRow), 'projects-heading')}
      ${left > 0 && html`<p class="body note">and ${left} more</p>`}`,
    )}`;
}

/** `/statistics`, for admins: what has ended within a month, as pictures that the server draws. */
export const statisticsPage = ({ statistics, clock }: Deps) =>
  async function showStatistics(): Promise<PageContent> {
    const now = clock.now();
    const runs = await statistics.endedSince(now - days * dayMs, mostRuns);
    const summary = summarize(runs, { now, days });
    const body = html`<div class="line">
        <h1 id="heading">Statistics</h1>
        <span class="note">
          the last ${days} days, in UTC${runs.length === mostRuns && `, of the newest ${mostRuns} triggers`}
        </span>
      </div>
      ${summary.runs === 0 ? nothing : content(summary)}`;
    return { title: 'Statistics', body };
  };
