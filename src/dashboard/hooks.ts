import type { HookKeeper } from '../app/hooks/hook-keeper.ts';
import type { HookHealth, HookState, HookWatch } from '../app/hooks/hook-watch.ts';
import type { HookReport } from '../app/hooks/look-at-hooks.ts';
import type { Clock } from '../app/ports.ts';
import { shown } from '../domain/hooks/examine.ts';
import type { Finding, Severity } from '../domain/hooks/finding.ts';
import type { Answers, Done } from './answer.ts';
import { requiredField, textQuery } from './fields.ts';
import { repairTold } from './hook-repair.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import type { Page } from './layout.ts';
import { projectField } from './search-field.ts';
import type { Cell } from './table.ts';
import { table, tableRow, withQuery } from './table.ts';
import { timeAgo } from './time.ts';
import { wordBadge } from './tones.ts';
import type { ActorOf, Visit } from './visit.ts';
import { forAdmins } from './visit.ts';

interface Deps {
  readonly answers: Answers;
  readonly keeper: Pick<HookKeeper, 'list' | 'doctor'>;
  readonly watch: Pick<HookWatch, 'health'>;
  readonly actorOf: ActorOf;
  readonly clock: Pick<Clock, 'now'>;
}

const columns = ['State', 'Project', 'Found', 'Triggers', 'Since', ''] as const;
const findingColumns = ['Severity', 'Found', 'Hook', 'Remedy'] as const;

const toneOfState = { healthy: 'good', unhealthy: 'bad', unknown: 'idle' } as const satisfies Record<
  HookState,
  string
>;
const toneOfSeverity = { error: 'bad', warning: 'held', hint: 'soon' } as const satisfies Record<
  Severity,
  string
>;

const pathOf = (project: string): string => withQuery('/hooks', { project });

const repairForm = (project: string): Html =>
  html`<form method="post" action="/hooks/repair">
    <input type="hidden" name="project" value="${project}" />
    <button aria-label="Install or repair the hook of ${project}">Install or repair</button>
  </form>`;

const lookForm = (project: string | null): Html =>
  html`<form class="filters" role="search" aria-label="Look at a project">
    ${projectField(project, true)}
    <button>Ask GitLab</button>
    ${project !== null && html`<a href="/hooks">All that are waited for</a>`}
  </form>`;

const foundBy = ({ severity, text, remedy }: Finding): Html =>
  html`<div>
    ${wordBadge(toneOfSeverity[severity], severity)} <bdi>${text}</bdi>
    <span class="note">Remedy: ${remedy}</span>
  </div>`;

const calm = {
  healthy: 'nothing is wrong',
  unhealthy: '–',
  unknown: 'not looked at yet, or GitLab does not let the service see',
} as const satisfies Record<HookState, string>;

function healthRow({ project, state, since, findings, triggers }: HookHealth, now: number): Html {
  const found = findings.length > 0 ? findings.map(foundBy) : html`<span class="note">${calm[state]}</span>`;
  const cells: readonly Cell[] = [
    { kind: 'status', content: wordBadge(toneOfState[state], state) },
    { kind: 'head', content: html`<a href="${pathOf(project)}"><bdi>${project}</bdi></a>` },
    { kind: 'wide', content: html`${found}` },
    { kind: 'number', content: triggers },
    { kind: 'time', content: timeAgo(since, now) },
    { content: repairForm(project) },
  ];
  return tableRow(columns, cells);
}

function findingRow({ severity, hookId, text, remedy }: Finding): Html {
  const cells: readonly Cell[] = [
    { kind: 'status', content: wordBadge(toneOfSeverity[severity], severity) },
    { kind: 'head', content: html`<bdi>${text}</bdi>` },
    { content: hookId ?? html`<span class="note">–</span>` },
    { kind: 'wide', content: remedy },
  ];
  return tableRow(findingColumns, cells);
}

const nothingWaited = html`<div class="empty">
  <p>No pending trigger waits for a project just now, so there is no hook to watch.</p>
  <p>Name a project above to look at its hooks, and to install one.</p>
</div>`;

function reportOf({ project, hook, isOfGroup, findings }: HookReport): Html {
  const bringer =
    hook === null
      ? html`No hook brings its news.`
      : html`${isOfGroup ? 'A hook of its group' : 'Hook'} ${hook.id} calls <bdi>${shown(hook.url)}</bdi>.`;
  const calmly = html`<div class="empty"><p>Nothing is wrong with its hooks.</p></div>`;
  return html`<section aria-label="Hook">
      <p class="state"><span>${bringer}</span></p>
      <div class="actions">
        ${repairForm(project)}
        <span class="hint">Does what <code>hooks doctor --fix</code> does. Safe to repeat.</span>
      </div>
    </section>
    <div class="list">
      ${findings.length > 0 ? table(findingColumns, findings.map(findingRow)) : calmly}
    </div>`;
}

const toHooks = (): string => '/hooks';

/**
 * Hook health, for admins. Without a project the page shows what the watch knows and asks GitLab nothing; a project
 * that is named is read.
 */
export function hookPages({ answers, keeper, watch, actorOf, clock }: Deps) {
  const known = (): Html => {
    const now = clock.now();
    const rows = watch.health().map((health) => healthRow(health, now));
    return html`<div class="list">${rows.length > 0 ? table(columns, rows) : nothingWaited}</div>`;
  };

  const show = async ({ request }: Visit): Promise<Page> => {
    const project = textQuery(request, 'project');
    const report = project === null ? null : await keeper.list(project, { url: null });
    const body = html`<div class="title">
        <h1 id="heading">Hooks ${project !== null && html`of <bdi>${project}</bdi>`}</h1>
      </div>
      ${lookForm(project)} ${report === null ? known() : reportOf(report)}`;
    return { title: project === null ? 'Hooks' : `Hooks of ${project}`, body };
  };

  const repair = async (visit: Visit): Promise<Done> => {
    const project = requiredField(visit.request, 'project');
    const options = { url: null, from: null, fix: true, everything: false };
    const report = await keeper.doctor(actorOf(visit), project, options);
    return { to: pathOf(project), ...repairTold(report) };
  };

  return {
    show: answers.page(forAdmins(show)),
    // What GitLab refuses to change it may refuse to show: so a refusal is told where nothing is read.
    repair: answers.form(toHooks, forAdmins(repair)),
  };
}
