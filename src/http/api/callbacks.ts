import type { RequestHandler, Router } from 'express';
import type { Audit } from '../../app/access/audit.ts';
import type { Callbacks } from '../../app/callbacks/callback-sender.ts';
import type { CallbackStore } from '../../app/ports/index.ts';
import type { Callback, CallbackId } from '../../domain/callback.ts';
import { AppError } from '../../domain/error.ts';
import { actorOf } from '../middleware/client-address.ts';
import type { Authenticate } from '../middleware/authenticate.ts';
import { callerOf, requireAdmin } from '../middleware/authenticate.ts';
import { callbackView } from '../../api/callback-view.ts';
import { readQuery } from './query.ts';
import { reply } from '../middleware/reply.ts';
import { on, routerOf } from './route.ts';
import { listCallbacksRoute, retryCallbackRoute, showCallbackRoute } from './routes/callbacks.ts';

export interface CallbackDeps {
  readonly store: Pick<CallbackStore, 'find' | 'list'>;
  readonly callbacks: Pick<Callbacks, 'retry'>;
  readonly authenticate: Authenticate;
  readonly audit: Audit;
}

/** The callbacks and their states, for admins. */
export function createCallbackRoutes({ store, callbacks, authenticate, audit }: CallbackDeps): Router {
  async function find(id: unknown): Promise<Callback> {
    const found = await store.find(String(id) as CallbackId);
    if (found === undefined) throw new AppError('not_found', 'there is no such callback');
    return found;
  }

  const list = reply(async (request) => {
    const { state, cursor = null, limit } = readQuery(request, listCallbacksRoute.query);
    const { items, nextCursor } = await store.list({ state: state === 'all' ? null : state, limit, cursor });
    return { status: 200, body: { items: items.map(callbackView), nextCursor } };
  });

  const show = reply(async (request) => ({
    status: 200,
    body: callbackView(await find(request.params['id'])),
  }));

  const retry = reply(async (request) => {
    const { id } = await find(request.params['id']);
    const actor = actorOf(request, await callerOf(request, authenticate));
    await audit.note(actor, 'callback.retry', id);
    return { status: 202, body: callbackView(await callbacks.retry(id)) };
  });

  const refuseOthers: RequestHandler = async (request, _response, next) => {
    requireAdmin(await callerOf(request, authenticate));
    next();
  };

  return routerOf(
    [on(listCallbacksRoute, list), on(showCallbackRoute, show), on(retryCallbackRoute, retry)],
    { under: '/v1/callbacks', guard: refuseOthers },
  );
}
