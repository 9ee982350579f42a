import type { Request, RequestHandler } from 'express';
import type { StartTrigger } from '../app/start-trigger.ts';
import type { IdempotencyKey } from '../app/ports.ts';
import { mayTrigger } from '../domain/caller.ts';
import { AppError } from '../domain/error.ts';
import { addressOf } from './actor.ts';
import type { Authenticate } from './authenticate.ts';
import { callerOf } from './authenticate.ts';
import { queryOf } from './query.ts';
import { parseJson } from './read-body.ts';
import { send } from './reply.ts';
import type { RequestDefaults } from './trigger-request.ts';
import { readTriggerRequest } from './trigger-request.ts';
import { triggerView } from './trigger-view.ts';
import { outcomeOf, stateHeaders } from './verdict.ts';
import type { WaitDeps } from './wait.ts';
import { followLocation, holdUntilFinished, readWaitMode, readWaitSeconds } from './wait.ts';

interface Deps extends WaitDeps {
  readonly startTrigger: StartTrigger;
  readonly authenticate: Authenticate;
  readonly defaults: RequestDefaults;
}

const longestKey = 255;

/** `POST /v1/triggers`: answers as soon as the request is on disk, or as `/wait` does where the caller wants that. */
export const createTrigger =
  ({ startTrigger, authenticate, defaults, ...waiting }: Deps): RequestHandler =>
  async (request, response) => {
    const caller = await callerOf(request, authenticate);
    const mode = readWaitMode(request);
    const seconds = readWaitSeconds(request);
    const { digest, ...wanted } = readTriggerRequest(parseJson(request.body), defaults);
    if (!mayTrigger(caller, wanted.request.project))
      throw new AppError(
        'forbidden',
        'project: this key may not start pipelines there; name a project by its path',
      );
    const key = idempotencyKeyOf(request, digest);
    const trigger = await startTrigger({ ...wanted, caller: caller.id, from: addressOf(request), key });
    const { id } = trigger;
    const location = `/v1/triggers/${id}`;
    const isWaiting = queryOf(request, 'wait') !== null || queryOf(request, 'mode') !== null;
    if (!isWaiting) {
      const body = triggerView(trigger, waiting.waiters.count(id));
      send(response, { status: 202, headers: { location }, body });
    } else if (mode === 'follow') {
      const headers = { ...stateHeaders(outcomeOf(trigger)), location: followLocation(id, seconds) };
      send(response, { status: 303, headers });
    } else
      await holdUntilFinished(response, { id, caller }, { mode, seconds, headers: { location } }, waiting);
  };

/** @throws AppError `invalid` */
function idempotencyKeyOf(request: Request, requestDigest: string): IdempotencyKey | null {
  const key = request.get('idempotency-key');
  if (key === undefined || key === '') return null;
  if (key.length > longestKey)
    throw new AppError('invalid', `Idempotency-Key: at most ${longestKey} characters`);
  return { key, requestDigest };
}
