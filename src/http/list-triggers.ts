import type { Request, RequestHandler } from 'express';
import type { Page, TriggerQuery, TriggerStore } from '../app/ports.ts';
import type { Caller } from '../domain/caller.ts';
import { maySee } from '../domain/caller.ts';
import type { Trigger } from '../domain/trigger.ts';
import type { Authenticate } from './authenticate.ts';
import { callerOf } from './authenticate.ts';
import { readQuery } from './query.ts';
import { reply } from './reply.ts';
import { listTriggersRoute } from './routes/triggers.ts';
import type { TriggerView } from './trigger-view.ts';

interface Deps {
  readonly store: Pick<TriggerStore, 'list'>;
  readonly authenticate: Authenticate;
  readonly view: (trigger: Trigger) => TriggerView;
}

/** Of a key that is kept to few projects most triggers are hidden: it is given what is on so many pages. */
const mostPages = 10;

/** `GET /v1/triggers`: what the caller may see, newest first. */
export const listTriggers = ({ store, authenticate, view }: Deps): RequestHandler =>
  reply(async (request) => {
    const caller = await callerOf(request, authenticate);
    const { items, nextCursor } = await visiblePage(store, caller, readTriggerQuery(request, caller));
    return { status: 200, body: { items: items.map(view), nextCursor } };
  });

/** Which triggers a caller asks for. @throws AppError `invalid` */
export function readTriggerQuery(request: Request, caller: Caller): TriggerQuery {
  const query = readQuery(request, listTriggersRoute.query);
  const { state, project = null, ref = null, limit, cursor = null } = query;
  return { state, caller: caller.role === 'trigger' ? caller.id : null, project, ref, limit, cursor };
}

/** What the caller may see of a page, or of the next one that shows anything. */
export async function visiblePage(
  store: Deps['store'],
  caller: Caller,
  query: TriggerQuery,
  pages = mostPages,
): Promise<Page<Trigger>> {
  const { items, nextCursor } = await store.list(query);
  const visible = items.filter((trigger) => maySee(caller, trigger));
  if (visible.length > 0 || nextCursor === null || pages === 1) return { items: visible, nextCursor };
  return visiblePage(store, caller, { ...query, cursor: nextCursor }, pages - 1);
}
