import type { Router } from 'express';
import type { AuditLog, RecordedAudit } from '../../app/ports/index.ts';
import type { Authenticate } from '../middleware/authenticate.ts';
import { callerOf, requireAdmin } from '../middleware/authenticate.ts';
import { readQuery } from './query.ts';
import { reply } from '../middleware/reply.ts';
import { on, routerOf } from './route.ts';
import type { AuditView } from './routes/audit.ts';
import { listAuditRoute } from './routes/audit.ts';

export interface AuditDeps {
  readonly audit: Pick<AuditLog, 'list'>;
  readonly authenticate: Authenticate;
}

const auditView = ({ sequence, at, actor, action, subject, details }: RecordedAudit): AuditView => ({
  sequence,
  at: new Date(at).toISOString(),
  actor: actor.id,
  from: actor.from,
  requestId: actor.requestId ?? null,
  action,
  subject,
  details,
});

/** Who changed what, from where, the newest first; for admins. */
export function createAuditRoutes({ audit, authenticate }: AuditDeps): Router {
  const list = reply(async (request) => {
    requireAdmin(await callerOf(request, authenticate));
    const { subject = null, actor = null, cursor = null, limit } = readQuery(request, listAuditRoute.query);
    const { items, nextCursor } = await audit.list({ subject, actor, limit, cursor });
    return { status: 200, body: { items: items.map(auditView), nextCursor } };
  });

  return routerOf([on(listAuditRoute, list)]);
}
