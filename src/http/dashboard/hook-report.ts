import type { MissedReport } from '../../app/project-hooks/hook-operations.ts';
import type { Resends } from '../../domain/project-hooks/choose-resends.ts';
import { shown } from '../../domain/project-hooks/examine.ts';
import type { HookFinding, HookSeverity } from '../../domain/project-hooks/finding.ts';
import type { FailedDelivery } from '../../domain/project-hooks/project-hook.ts';
import { hookButton, repairButton } from './hook-forms.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { aboutPayload, payloadBadge, pipelineText } from './delivery-badges.ts';
import type { Cell } from './table.ts';
import { table, tableRow } from './table.ts';
import { wordBadge } from './badges.ts';

const findingColumns = ['Severity', 'Found', 'Hook', 'Remedy'] as const;
const missedColumns = ['Says', 'About', 'Pipeline', 'Failed with', 'Waited for'] as const;
/** The most rows; the heading has the number. */
const mostMissed = 50;

const variantOfSeverity = { error: 'bad', warning: 'held', note: 'soon' } as const satisfies Record<
  HookSeverity,
  string
>;

export const severityBadge = (severity: HookSeverity): Html =>
  wordBadge(variantOfSeverity[severity], severity);

function findingRow({ severity, hookId, text, remedy }: HookFinding): Html {
  const cells: readonly Cell[] = [
    { kind: 'status', content: severityBadge(severity) },
    { kind: 'head', content: html`<bdi>${text}</bdi>` },
    { content: hookId ?? html`<span class="note">–</span>` },
    { kind: 'wide', content: remedy },
  ];
  return tableRow(findingColumns, cells);
}

function missedRow({ payload, answer }: FailedDelivery, isNeeded: boolean): Html {
  const cells: readonly Cell[] = [
    { kind: 'status', content: payloadBadge(payload) },
    { kind: 'head', content: aboutPayload(payload) },
    { content: pipelineText(payload) },
    { kind: 'wide', content: html`<bdi>${answer}</bdi>` },
    { content: isNeeded ? 'yes' : html`<span class="note">no</span>` },
  ];
  return tableRow(missedColumns, cells);
}

/** The missed deliveries, those that triggers wait for first, with a button that sends them again. */
function missedSection({ needed, spare }: Resends, hooks: Parameters<typeof hookButton>[0]): Html | false {
  const all = [...needed, ...spare];
  if (all.length === 0) return false;
  const rows = all.slice(0, mostMissed).map((missed, at) => missedRow(missed, at < needed.length));
  return html`<section aria-labelledby="missed-heading">
    <h2 id="missed-heading">Missed deliveries <span class="note">${all.length}</span></h2>
    <div class="actions">
      ${hookButton(hooks, { action: 'resend', text: 'Send again' })}
      <span class="hint">Of each pipeline and job the newest. GitLab sends five a minute.</span>
    </div>
    <div class="list">${table(missedColumns, rows, 'missed-heading')}</div>
  </section>`;
}

/** The hook of a project, its problems and its missed deliveries. @param url the desired URL, if not PUBLIC_URL */
export function hookReport(
  { project, hook, isOfGroup, findings, missed }: MissedReport,
  url: string | null,
): Html {
  const hooks = { project, url };
  const bringer =
    hook === null
      ? html`No hook reports its changes.`
      : html`${isOfGroup ? 'A hook of its group' : 'Hook'} ${hook.id} calls <bdi>${shown(hook.url)}</bdi>.`;
  const calmly = html`<div class="empty"><p>Nothing is wrong with its hooks.</p></div>`;
  return html`<section aria-label="Hook">
      <p class="state"><span>${bringer}</span></p>
      <div class="actions">
        ${repairButton(hooks)}
        <span class="hint">Does what <code>hooks doctor --fix</code> does. Safe to repeat.</span>
      </div>
    </section>
    <div class="list">${findings.length > 0 ? table(findingColumns, findings.map(findingRow)) : calmly}</div>
    ${missedSection(missed, hooks)}`;
}
