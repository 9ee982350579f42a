import { Router } from 'express';
import type { AuditLog, RecordedAudit } from '../app/ports.ts';
import type { Authenticate } from './authenticate.ts';
import { callerOf, requireAdmin } from './authenticate.ts';
import { numberQuery, queryOf } from './query.ts';
import { only } from './refuse-method.ts';
import { reply } from './reply.ts';

export interface AuditDeps {
  readonly audit: Pick<AuditLog, 'list'>;
  readonly authenticate: Authenticate;
}

const auditView = ({ sequence, at, actor, action, subject, details }: RecordedAudit) => ({
  sequence,
  at: new Date(at).toISOString(),
  actor: actor.id,
  from: actor.from,
  action,
  subject,
  details,
});

/** Who changed what, from where, the newest first; for admins. */
export function createAuditRoutes({ audit, authenticate }: AuditDeps): Router {
  const list = reply(async (request) => {
    requireAdmin(await callerOf(request, authenticate));
    const { items, nextCursor } = await audit.list({
      subject: queryOf(request, 'subject'),
      actor: queryOf(request, 'actor'),
      limit: numberQuery(request, 'limit', { min: 1, max: 200, or: 50 }),
      cursor: queryOf(request, 'cursor'),
    });
    return { status: 200, body: { items: items.map(auditView), nextCursor } };
  });

  return Router().get('/', list).all('/', only('GET'));
}
