import type { AuditLog, Clock, RecordedAudit } from '../../app/ports/index.ts';
import { textQuery } from './fields.ts';
import type { Html } from './html.ts';
import { brief, html } from './html.ts';
import type { PageContent } from './layout.ts';
import type { Cell } from './table.ts';
import { pager, table, tableRow, withQuery } from './table.ts';
import { timeAgo } from './time.ts';
import { icon } from './parts.ts';
import type { PageRequest } from './authenticate-page.ts';

interface Deps {
  readonly audit: Pick<AuditLog, 'list'>;
  readonly clock: Pick<Clock, 'now'>;
}

const rowsPerPage = 50;
const columns = ['Who', 'Did', 'To', 'With', 'From', 'When'] as const;

/** The subject of an entry, with a link where it has a page. */
function subjectLink(subject: string | null): Html {
  if (subject === null) return html`<span class="note">–</span>`;
  const page = subject.startsWith('trg_') ? '/triggers/' : subject.startsWith('dlv_') ? '/deliveries/' : null;
  const name = html`<span class="id">${brief(subject)}</span>`;
  return page === null ? name : html`<a href="${page}${encodeURIComponent(subject)}">${name}</a>`;
}

const detail = ([name, value]: readonly [string, unknown]): Html =>
  html`<div>
    ${name}: <bdi>${brief(typeof value === 'string' ? value : JSON.stringify(value), 200)}</bdi>
  </div>`;

function row({ at, actor, action, subject, details }: RecordedAudit, now: number): Html {
  const named = { ...details, request: actor.requestId ?? null };
  const given = Object.entries(named).filter(([, value]) => value !== null);
  const cells: readonly Cell[] = [
    {
      kind: 'head',
      content: html`<a href="${withQuery('/audit', { actor: actor.id })}"><bdi>${actor.id}</bdi></a>`,
    },
    { content: action },
    { kind: 'wide', content: subjectLink(subject) },
    { kind: 'wide', content: html`<span class="note">${given.map(detail)}</span>` },
    { content: actor.from },
    { kind: 'time', content: timeAgo(at, now) },
  ];
  return tableRow(columns, cells);
}

/** `/audit`, for admins: who changed what, from where, the newest first. */
export const auditPage = ({ audit, clock }: Deps) =>
  async function showAudit({ request }: PageRequest): Promise<PageContent> {
    const [subject, actor, cursor] = ['subject', 'actor', 'cursor'].map((name) => textQuery(request, name));
    const query = { subject: subject ?? null, actor: actor ?? null, cursor: cursor ?? null };
    const { items, nextCursor } = await audit.list({ ...query, limit: rowsPerPage });
    const now = clock.now();
    const rows = items.map((entry) => row(entry, now));
    const isFiltered = query.subject !== null || query.actor !== null;
    const body = html`<div class="title">
        <h1 id="heading">Audit log ${isFiltered && html`of <bdi>${query.actor ?? query.subject}</bdi>`}</h1>
        ${isFiltered && html`<a class="button" href="/audit">Show all</a>`}
        <a class="button" href="${withQuery('/audit.csv', { subject: query.subject, actor: query.actor })}"
          >${icon('download')} CSV</a
        >
      </div>
      <div class="list">
        ${
          rows.length > 0
            ? table(columns, rows)
            : html`<div class="empty">
                <p>Nothing yet. Whatever somebody changes is written down here.</p>
              </div>`
        }
      </div>
      ${pager((to) => withQuery('/audit', { ...query, cursor: to }), { cursor: query.cursor, nextCursor })}`;
    return { title: 'Audit log', body };
  };
