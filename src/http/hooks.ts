import type { RequestHandler, Router } from 'express';
import type { Clock } from '../app/ports.ts';
import type { ReceiveDelivery } from '../app/receive-delivery.ts';
import type { Delivery } from '../domain/delivery.ts';
import { AppError } from '../domain/error.ts';
import { bytesOf, readBytes, requireJson } from './read-body.ts';
import { reply } from './reply.ts';
import { on, routerOf } from './route.ts';
import type { HookReceipt } from './routes/hooks.ts';
import { receiveHookRoute } from './routes/hooks.ts';

type Header = (name: string) => string | undefined;

export interface HookDeps {
  /** Whether a request comes from where our hooks come from; `signed` when only its body can tell. */
  readonly authenticator: {
    byHeaders(header: Header): 'yes' | 'no' | 'signed';
    byBody(header: Header, body: Buffer): Promise<boolean>;
  };
  /** @throws AppError `invalid` when the body is not JSON */
  readonly readDelivery: (header: Header, body: Buffer, receivedAt: number) => Delivery;
  readonly receiveDelivery: ReceiveDelivery;
  readonly clock: Clock;
}

/** GitLab sends nothing larger that we could use; its own limit is 25 MB. */
const bodyLimitBytes = 5 * 2 ** 20;

/**
 * The webhook endpoint. A wrong secret is refused before the body is read. What we have no use for is answered 202
 * as well: GitLab counts 4xx as failures and disables a hook after some.
 */
export function createHooks({ authenticator, readDelivery, receiveDelivery, clock }: HookDeps): Router {
  const refuseStrangers: RequestHandler = (request, _response, next) => {
    if (authenticator.byHeaders((name) => request.get(name)) === 'no') throw stranger();
    next();
  };

  const receive = reply(async (request) => {
    const header: Header = (name) => request.get(name);
    const bytes = bytesOf(request.body);
    if (authenticator.byHeaders(header) === 'signed' && !(await authenticator.byBody(header, bytes)))
      throw stranger();
    const delivery = readDelivery(header, bytes, clock.now());
    const body: HookReceipt = { delivery: delivery.id, result: await receiveDelivery(delivery) };
    return { status: 202, body };
  });

  return routerOf([on(receiveHookRoute, refuseStrangers, requireJson, readBytes(bodyLimitBytes), receive)]);
}

/** Does not say what was wrong, so that nobody can try out parts. */
const stranger = (): AppError =>
  new AppError('unauthorized', 'the secret token or signature is missing or wrong');
