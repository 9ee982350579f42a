import type { HookHealth, HookState } from '../../app/project-hooks/hook-watch.ts';
import type { HookFinding } from '../../domain/project-hooks/finding.ts';
import { hooksPath, repairButton } from './hook-forms.ts';
import { severityBadge } from './hook-report.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import type { Cell } from './table.ts';
import { table, tableRow } from './table.ts';
import { timeAgo } from './time.ts';
import { wordBadge } from './badges.ts';

const columns = ['State', 'Project', 'Found', 'Triggers', 'Since', ''] as const;

const variantOfState = { healthy: 'good', unhealthy: 'bad', unknown: 'idle' } as const satisfies Record<
  HookState,
  string
>;

const foundBy = ({ severity, text, remedy }: HookFinding): Html =>
  html`<div>
    ${severityBadge(severity)} <bdi>${text}</bdi>
    <span class="note">Remedy: ${remedy}</span>
  </div>`;

const calm = {
  healthy: 'nothing is wrong',
  unhealthy: '–',
  unknown: 'not looked at yet, or GitLab does not let the service see',
} as const satisfies Record<HookState, string>;

interface Around {
  readonly now: number;
  /** Whether the service knows the URL that hooks should have. */
  readonly hasUrl: boolean;
}

function row({ project, state, since, findings, triggers }: HookHealth, { now, hasUrl }: Around): Html {
  const hooks = { project, url: null };
  const found = findings.length > 0 ? findings.map(foundBy) : html`<span class="note">${calm[state]}</span>`;
  const cells: readonly Cell[] = [
    { kind: 'status', content: wordBadge(variantOfState[state], state) },
    { kind: 'head', content: html`<a href="${hooksPath(hooks)}"><bdi>${project}</bdi></a>` },
    { kind: 'wide', content: html`${found}` },
    { kind: 'number', content: triggers },
    { kind: 'time', content: timeAgo(since, now) },
    { content: hasUrl ? repairButton(hooks) : '' },
  ];
  return tableRow(columns, cells);
}

const nothingWaited = html`<div class="empty">
  <p>No pending trigger waits for a project just now, so there is no hook to watch.</p>
  <p>Name a project above to look at its hooks, and to install one.</p>
</div>`;

/** The state of the hooks of all projects that pending triggers wait for. */
export const healthList = (health: readonly HookHealth[], around: Around): Html =>
  html`<div class="list">
    ${
      health.length > 0
        ? table(
            columns,
            health.map((each) => row(each, around)),
          )
        : nothingWaited
    }
  </div>`;
