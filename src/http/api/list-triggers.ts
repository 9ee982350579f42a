import type { Request, RequestHandler } from 'express';
import type { TriggerStore } from '../../app/ports/index.ts';
import type { VisibleQuery } from '../../app/triggers/visible-triggers.ts';
import { listVisible } from '../../app/triggers/visible-triggers.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { Authenticate } from '../middleware/authenticate.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { readQuery } from './query.ts';
import { reply } from '../middleware/reply.ts';
import { listTriggersRoute } from './routes/triggers.ts';
import type { TriggerView } from '../../api/trigger-view.ts';

interface Deps {
  readonly store: Pick<TriggerStore, 'list'>;
  readonly authenticate: Authenticate;
  readonly view: (trigger: Trigger) => TriggerView;
}

/** `GET /v1/triggers`: what the caller may see, newest first. */
export const listTriggers = ({ store, authenticate, view }: Deps): RequestHandler =>
  reply(async (request) => {
    const caller = await callerOf(request, authenticate);
    const { items, nextCursor } = await listVisible(store, caller, readTriggerQuery(request));
    return { status: 200, body: { items: items.map(view), nextCursor } };
  });

/** Which triggers a request asks for. @throws AppError `invalid` */
export function readTriggerQuery(request: Request): VisibleQuery {
  const query = readQuery(request, listTriggersRoute.query);
  const { state, project = null, ref = null, limit, cursor = null } = query;
  return { state, project, ref, limit, cursor };
}
