import type { ErrorRequestHandler, Request, RequestHandler, Router } from 'express';
import type { Clock } from '../app/ports/index.ts';
import type { HookResult, Meter } from '../app/ports/meter.ts';
import { noMeter } from '../app/ports/meter.ts';
import type { ReceiveDelivery } from '../app/deliveries/receive-delivery.ts';
import type { Tracer } from '../app/ports/tracer.ts';
import { noTracer } from '../app/ports/tracer.ts';
import type { Delivery, HookCredential } from '../domain/delivery.ts';
import type { ErrorCode } from '../domain/error.ts';
import { AppError } from '../domain/error.ts';
import { errorCodeOf } from './middleware/error-status.ts';
import { addressOf } from './middleware/client-address.ts';
import { bytesOf, readBytes, requireJson } from './middleware/read-body.ts';
import { reply } from './middleware/reply.ts';
import { on, routerOf } from './api/route.ts';
import type { HookReceipt } from './api/routes/hooks.ts';
import { receiveHookRoute } from './api/routes/hooks.ts';
import { createTurns } from './middleware/turns.ts';

type Header = (name: string) => string | undefined;

export interface WebhookDeps {
  /** Whether a request is an authentic webhook; `signed` when its body has to be checked. */
  readonly authenticator: {
    byHeaders(header: Header): 'yes' | 'no' | 'signed';
    byBody(header: Header, body: Buffer): Promise<HookCredential | null>;
  };
  /** @throws AppError `invalid` when the body is not JSON */
  readonly readDelivery: (
    header: Header,
    body: Buffer,
    receivedAt: number,
    credential: HookCredential,
  ) => Delivery;
  readonly receiveDelivery: ReceiveDelivery;
  /** Counts and logs a request that is not authentic. @throws AppError `too_many_requests` */
  readonly noteRefusal: (address: string, header: Header) => Promise<void>;
  readonly clock: Clock;
  readonly meter?: Pick<Meter, 'hookReceived'>;
  readonly tracer?: Tracer;
}

const shared: HookCredential = { kind: 'shared' };

/** No useful webhook is larger; GitLab's own limit is 25 MB. */
const bodyLimitBytes = 5 * 2 ** 20;

/** To parse a body of several megabytes takes tens of milliseconds: many at a time are not parsed in one go. */
const largeBytes = 2 ** 18;

/**
 * The webhook endpoint. A wrong secret is refused before the body is read. A webhook without any use is answered 202 as
 * well: GitLab counts 4xx as failures and disables a hook after some.
 */
export function createWebhooks({
  authenticator,
  readDelivery,
  receiveDelivery,
  noteRefusal,
  clock,
  meter = noMeter,
  tracer = noTracer,
}: WebhookDeps): Router {
  /** Only failed attempts are counted: GitLab itself may send any number of webhooks. */
  async function refuse(request: Request): Promise<never> {
    await noteRefusal(addressOf(request), (name) => request.get(name));
    throw unauthorized();
  }

  const checkHeaders = tracer.traced(
    async (request: Request) => {
      if (authenticator.byHeaders((name) => request.get(name)) === 'no') await refuse(request);
    },
    { name: 'authenticate hook' },
  );
  const checkBody = tracer.traced(
    async (request: Request, header: Header, bytes: Buffer) => {
      return (await authenticator.byBody(header, bytes)) ?? refuse(request);
    },
    { name: 'check signature' },
  );
  const turn = createTurns();
  const read = tracer.traced(readDelivery, {
    name: 'read delivery',
    resultAttributes: ({ id }) => ({ deliveryId: id }),
  });

  const requireSecret: RequestHandler = async (request, _response, next) => {
    await checkHeaders(request);
    next();
  };

  const receive = reply(async (request) => {
    const header: Header = (name) => request.get(name);
    const bytes = bytesOf(request.body);
    if (bytes.length > largeBytes) await turn();
    const isOpen = authenticator.byHeaders(header) !== 'signed';
    const credential = isOpen ? shared : await checkBody(request, header, bytes);
    const delivery = read(header, bytes, clock.now(), credential);
    const body: HookReceipt = { delivery: delivery.id, result: await receiveDelivery(delivery) };
    meter.hookReceived(body.result);
    return { status: 202, body };
  });

  const countFailure: ErrorRequestHandler = (error: unknown, _request, _response, next) => {
    meter.hookReceived(resultOfError[errorCodeOf(error)] ?? 'failed');
    next(error);
  };

  return routerOf([on(receiveHookRoute, requireSecret, requireJson, readBytes(bodyLimitBytes), receive)]).use(
    receiveHookRoute.path,
    countFailure,
  );
}

/** The result by which a rejected hook is counted; failures of the service itself are `failed`. */
const resultOfError: Readonly<Partial<Record<ErrorCode, HookResult>>> = {
  unauthorized: 'refused',
  too_many_requests: 'throttled',
  invalid: 'invalid',
  too_large: 'invalid',
  unsupported_media_type: 'invalid',
};

/** Does not say what was wrong, so that an attacker cannot guess one part after the other. */
const unauthorized = (): AppError =>
  new AppError('unauthorized', 'the secret token or signature is missing or wrong');
