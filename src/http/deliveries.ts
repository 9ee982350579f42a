import { Router } from 'express';
import type { Audit } from '../app/audit.ts';
import type { DeliveryStore, StoredDelivery } from '../app/ports.ts';
import type { DeliverNews } from '../app/receive-delivery.ts';
import { pipelineIdOf } from '../domain/delivery.ts';
import { AppError } from '../domain/error.ts';
import type { DeliveryId } from '../domain/ids.ts';
import { actorOf } from './actor.ts';
import type { Authenticate } from './authenticate.ts';
import { callerOf, requireAdmin } from './authenticate.ts';
import { numberQuery, queryOf } from './query.ts';
import { only } from './refuse-method.ts';
import { reply } from './reply.ts';

export interface DeliveryDeps {
  readonly inbox: DeliveryStore;
  readonly deliverNews: DeliverNews;
  readonly authenticate: Authenticate;
  readonly audit: Audit;
}

const deliveryView = ({ delivery, result }: StoredDelivery) => {
  const { id, receivedAt, event, instance, userAgent, news } = delivery;
  const happenedAt = 'happenedAt' in news ? news.happenedAt : null;
  return {
    id,
    receivedAt: new Date(receivedAt).toISOString(),
    happenedAt: happenedAt === null ? null : new Date(happenedAt).toISOString(),
    event,
    instance,
    userAgent,
    kind: news.kind,
    reason: 'reason' in news ? news.reason : null,
    pipelineId: pipelineIdOf(news),
    status: news.kind === 'pipeline' ? news.pipeline.status : news.kind === 'job' ? news.job.status : null,
    result,
  };
};

const bodyOf = (body: string | null): unknown => (body === null ? null : (JSON.parse(body) as unknown));

/** The webhook inbox, for admins. */
export function createDeliveries({ inbox, deliverNews, authenticate, audit }: DeliveryDeps): Router {
  async function find(id: unknown): Promise<StoredDelivery> {
    const found = await inbox.find(String(id) as DeliveryId);
    if (found === undefined) throw new AppError('not_found', 'there is no such delivery');
    return found;
  }

  const list = reply(async (request) => {
    const { items, nextCursor } = await inbox.list({
      limit: numberQuery(request, 'limit', { min: 1, max: 200, or: 50 }),
      cursor: queryOf(request, 'cursor'),
      unmatched: queryOf(request, 'unmatched') === '1',
    });
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
    await deliverNews(found.delivery);
    return { status: 202, body: deliveryView(found) };
  });

  return Router()
    .use(async (request, _response, next) => {
      requireAdmin(await callerOf(request, authenticate));
      next();
    })
    .get('/', list)
    .get('/:id', show)
    .post('/:id/replay', replay)
    .all(['/', '/:id'], only('GET'))
    .all('/:id/replay', only('POST'));
}
