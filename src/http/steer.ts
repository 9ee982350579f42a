import type { Request, RequestHandler } from 'express';
import type { SteerTrigger } from '../app/steer-trigger.ts';
import type { Trigger } from '../domain/trigger.ts';
import { maySteer } from '../domain/caller.ts';
import { AppError } from '../domain/error.ts';
import { requireAdmin } from './authenticate.ts';
import type { FindTrigger, Found } from './find-trigger.ts';
import { bytesOf, parseJson } from './read-body.ts';
import { reply } from './reply.ts';
import { readPlay, readResolution } from './trigger-request.ts';
import type { TriggerView } from './trigger-view.ts';

interface Deps {
  readonly find: FindTrigger;
  readonly view: (trigger: Trigger) => TriggerView;
  readonly steer: SteerTrigger;
}

/** What a person can have done to a trigger. Each answers 202 and the trigger, and is safe to repeat. */
export function steerHandlers({ find, view, steer }: Deps) {
  const handler = (act: (found: Found, request: Request) => Promise<Trigger>): RequestHandler =>
    reply(async (request) => {
      const found = await find(request);
      if (!maySteer(found.caller, found.trigger)) throw new AppError('forbidden', 'this key may only read');
      return { status: 202, body: view(await act(found, request)) };
    });

  return {
    cancel: handler(({ id, caller }) => steer.cancel(id, caller.id)),
    retry: handler(({ id }) => steer.retry(id)),
    reconcile: handler(({ id }) => steer.reconcile(id)),
    play: handler(({ id }, { body }) =>
      steer.play(id, bytesOf(body).length === 0 ? null : readPlay(parseJson(body))),
    ),
    resolve: handler(({ id, caller }, { body }) => {
      requireAdmin(caller);
      const { outcome, reason } = readResolution(parseJson(body));
      return steer.resolve(id, outcome, reason);
    }),
  };
}
