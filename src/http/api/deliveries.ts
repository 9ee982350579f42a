import type { RequestHandler, Router } from 'express';
import type { Audit } from '../../app/access/audit.ts';
import type { DeliveryStore, StoredDelivery } from '../../app/ports/index.ts';
import type { ApplyDelivery } from '../../app/deliveries/receive-delivery.ts';
import { AppError } from '../../domain/error.ts';
import type { DeliveryId } from '../../domain/ids.ts';
import { actorOf } from '../middleware/client-address.ts';
import type { Authenticate } from '../middleware/authenticate.ts';
import { callerOf, requireAdmin } from '../middleware/authenticate.ts';
import { deliveryView } from '../../api/delivery-view.ts';
import { readQuery } from './query.ts';
import { reply } from '../middleware/reply.ts';
import { on, routerOf } from './route.ts';
import { listDeliveriesRoute, replayDeliveryRoute, showDeliveryRoute } from './routes/deliveries.ts';

export interface DeliveryDeps {
  readonly inbox: DeliveryStore;
  readonly applyDelivery: ApplyDelivery;
  readonly authenticate: Authenticate;
  readonly audit: Audit;
}

const bodyOf = (body: string | null): unknown => (body === null ? null : (JSON.parse(body) as unknown));

/** The webhook inbox, for admins. */
export function createDeliveries({ inbox, applyDelivery, authenticate, audit }: DeliveryDeps): Router {
  async function find(id: unknown): Promise<StoredDelivery> {
    const found = await inbox.find(String(id) as DeliveryId);
    if (found === undefined) throw new AppError('not_found', 'there is no such delivery');
    return found;
  }

  const list = reply(async (request) => {
    const { cursor = null, id: idPrefix, ...query } = readQuery(request, listDeliveriesRoute.query);
    const { items, nextCursor } = await inbox.list({ ...query, idPrefix, cursor });
    return { status: 200, body: { items: items.map(deliveryView), nextCursor } };
  });

  const show = reply(async (request) => {
    const found = await find(request.params['id']);
    return { status: 200, body: { ...deliveryView(found), body: bodyOf(found.delivery.body) } };
  });

  const replay = reply(async (request) => {
    const found = await find(request.params['id']);
    const actor = actorOf(request, await callerOf(request, authenticate));
    await audit.note(actor, 'delivery.replay', found.delivery.id);
    await applyDelivery(found.delivery);
    return { status: 202, body: deliveryView(found) };
  });

  const refuseOthers: RequestHandler = async (request, _response, next) => {
    requireAdmin(await callerOf(request, authenticate));
    next();
  };

  return routerOf(
    [on(listDeliveriesRoute, list), on(showDeliveryRoute, show), on(replayDeliveryRoute, replay)],
    { under: '/v1/deliveries', guard: refuseOthers },
  );
}
