import type { RequestHandler } from 'express';
import type { AuditLog, RecordedAudit } from '../../app/ports/index.ts';
import type { AuthenticatePage } from './authenticate-page.ts';
import { requireAdmin } from '../middleware/authenticate.ts';
import { textQuery } from './fields.ts';

/** More entries are asked for by the API. */
const mostRows = 10_000;
const rowsPerRead = 500;

const columns = ['at', 'actor', 'from', 'action', 'subject', 'request', 'details'] as const;

/**
 * A cell. A spreadsheet runs what begins like a formula, also after spaces: an apostrophe in front makes it text.
 * Source: https://owasp.org/www-community/attacks/CSV_Injection
 */
export function csvCell(text: string): string {
  const safe = /^[\s]*[=+\-@\t\r|%]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

const lineOf = ({ at, actor, action, subject, details }: RecordedAudit): string =>
  [
    new Date(at).toISOString(),
    actor.id,
    actor.from,
    action,
    subject ?? '',
    actor.requestId ?? '',
    JSON.stringify(details),
  ]
    .map(csvCell)
    .join(',');

interface Deps {
  readonly authenticatePage: AuthenticatePage;
  readonly audit: Pick<AuditLog, 'list'>;
}

/** `/audit.csv`, for admins: the audit log with the filters of the page, as a file for a spreadsheet. */
export const auditCsv = ({ authenticatePage, audit }: Deps): RequestHandler =>
  async function sendAuditCsv(request, response) {
    const visit = await authenticatePage(request);
    requireAdmin(visit.caller);
    const query = { subject: textQuery(request, 'subject'), actor: textQuery(request, 'actor') };
    const lines: string[] = [columns.join(',')];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<AuditLog['list']>> = await audit.list({
        ...query,
        cursor,
        limit: rowsPerRead,
      });
      lines.push(...page.items.map(lineOf));
      cursor = page.nextCursor;
    } while (cursor !== null && lines.length <= mostRows);
    response
      .type('text/csv')
      .set('content-disposition', 'attachment; filename="audit.csv"')
      .end(`${lines.join('\r\n')}\r\n`);
  };
