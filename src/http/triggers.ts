import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { Router } from 'express';
import type { Engine } from '../app/engine.ts';
import type { Clock, IdempotencyKey, TriggerStore } from '../app/ports.ts';
import { AppError } from '../domain/error.ts';
import type { TriggerId } from '../domain/ids.ts';
import type { Trigger } from '../domain/trigger.ts';
import type { Authenticate, Caller } from './authenticate.ts';
import { callerOf, requireAdmin } from './authenticate.ts';
import { streamEvents } from './events.ts';
import { choiceQuery, numberQuery, queryOf } from './query.ts';
import { bytesOf, parseJson, readBytes, requireJson } from './read-body.ts';
import { only } from './refuse-method.ts';
import type { Reply } from './reply.ts';
import { reply } from './reply.ts';
import type { RequestDefaults } from './trigger-request.ts';
import { readPlay, readResolution, readTriggerRequest } from './trigger-request.ts';
import type { TriggerView } from './trigger-view.ts';
import { triggerView } from './trigger-view.ts';
import { answerWait, followLocation, patienceOf, readWaitMode, readWaitSeconds } from './wait.ts';
import { writeLog } from './log.ts';

export interface TriggerDeps {
  readonly engine: Pick<
    Engine,
    'startTrigger' | 'waitFor' | 'explainFailure' | 'readLog' | 'steer' | 'waiters'
  >;
  readonly store: TriggerStore;
  readonly authenticate: Authenticate;
  readonly defaults: RequestDefaults;
  readonly clock: Clock;
  readonly draining: AbortSignal;
}

/** Variables may carry whole files. */
const bodyLimitBytes = 2 ** 20;
const longestKey = 255;

/** Everything under /v1/triggers. Source: CONTRACT, sections 2 and 3. */
export function createTriggers({
  engine,
  store,
  authenticate,
  defaults,
  clock,
  draining,
}: TriggerDeps): Router {
  const { waiters, steer } = engine;
  const waitDeps = { ...engine, draining };
  const view = (trigger: Trigger): TriggerView => triggerView(trigger, waiters.count(trigger.id));
  const accepted = (trigger: Trigger): Reply => ({ status: 202, body: view(trigger) });

  /** @throws AppError `not_found` for what is not there or not the caller's, `pruned` */
  async function find(request: Request): Promise<{ caller: Caller; trigger: Trigger; id: TriggerId }> {
    const caller = callerOf(request, authenticate);
    const id = String(request.params['id']) as TriggerId;
    const stored = await store.find(id);
    if (stored !== undefined && (caller.isAdmin || stored.trigger.caller === caller.id))
      return { caller, trigger: stored.trigger, id };
    if (stored === undefined && (await store.wasPruned(id)))
      throw new AppError('pruned', 'this trigger finished long ago and is no longer kept');
    throw new AppError('not_found', 'there is no such trigger');
  }

  const create = reply(async (request) => {
    const caller = callerOf(request, authenticate);
    const mode = readWaitMode(request);
    const seconds = readWaitSeconds(request);
    const { digest, ...wanted } = readTriggerRequest(parseJson(request.body), defaults);
    const trigger = await engine.startTrigger({
      ...wanted,
      caller: caller.id,
      key: idempotencyKeyOf(request, digest),
    });
    const location = `/v1/triggers/${trigger.id}`;
    const isWaiting = queryOf(request, 'wait') !== null || queryOf(request, 'mode') !== null;
    if (!isWaiting) return { ...accepted(trigger), headers: { location } };
    if (mode === 'follow')
      return {
        status: 303,
        headers: { location: followLocation(trigger.id, seconds), 'cache-control': 'no-store' },
      };
    const answer = await answerWait(request, response(request), trigger.id, waitDeps);
    return { ...answer, headers: { ...answer.headers, location } };
  });

  const list = reply(async (request) => {
    const caller = callerOf(request, authenticate);
    const { items, nextCursor } = await store.list({
      state: choiceQuery(request, 'state', ['pending', 'finished', 'all'] as const, 'pending'),
      caller: caller.isAdmin ? null : caller.id,
      project: queryOf(request, 'project'),
      ref: queryOf(request, 'ref'),
      limit: numberQuery(request, 'limit', { min: 1, max: 200, or: 50 }),
      cursor: queryOf(request, 'cursor'),
    });
    return { status: 200, body: { items: items.map(view), nextCursor } };
  });

  const show = reply(async (request) => {
    const { id, trigger } = await find(request);
    const known = request.get('if-none-match');
    const seconds = preferredWait(request);
    const before = known ?? etagOf(view(trigger));
    const latest =
      seconds === null
        ? trigger
        : await engine.waitFor(
            id,
            (seen) => !matches(before, etagOf(view(seen))),
            seconds * 1000,
            patienceOf(response(request), draining),
          );
    const body = view(latest);
    const headers = {
      etag: etagOf(body),
      'cache-control': 'private, no-cache',
      ...(seconds === null ? {} : { 'preference-applied': `wait=${seconds}` }),
    };
    return known !== undefined && matches(known, headers.etag)
      ? { status: 304, headers }
      : { status: 200, headers, body };
  });

  const wait = reply(async (request) => {
    const { id } = await find(request);
    return answerWait(request, response(request), id, waitDeps);
  });

  const cancel = reply(async (request) => {
    const { id, caller } = await find(request);
    return accepted(await steer.cancel(id, caller.id));
  });

  const play = reply(async (request) => {
    const { id } = await find(request);
    const jobs = bytesOf(request.body).length === 0 ? null : readPlay(parseJson(request.body));
    return accepted(await steer.play(id, jobs));
  });

  const retry = reply(async (request) => accepted(await steer.retry((await find(request)).id)));
  const reconcile = reply(async (request) => accepted(await steer.reconcile((await find(request)).id)));

  const resolve = reply(async (request) => {
    const { id, caller } = await find(request);
    requireAdmin(caller);
    const { outcome, reason } = readResolution(parseJson(request.body));
    return accepted(await steer.resolve(id, outcome, reason));
  });

  const authenticated = Router().use((request, _response, next) => {
    callerOf(request, authenticate);
    next();
  });
  return authenticated
    .post('/', requireJson, readBytes(bodyLimitBytes), create)
    .get('/', list)
    .get('/:id', show)
    .get('/:id/wait', wait)
    .post('/:id/wait', wait)
    .get('/:id/events', async (request, answer) => {
      const { id } = await find(request);
      await streamEvents(request, answer, id, { store, waiters, clock, draining });
    })
    .get('/:id/log', async (request, answer) => {
      const { trigger } = await find(request);
      await writeLog(answer, engine.readLog(trigger, { failedOnly: queryOf(request, 'failed') === '1' }));
    })
    .post('/:id/cancel', cancel)
    .post('/:id/play', readBytes(bodyLimitBytes), play)
    .post('/:id/retry', retry)
    .post('/:id/reconcile', reconcile)
    .post('/:id/resolve', requireJson, readBytes(bodyLimitBytes), resolve)
    .all(['/', '/:id/wait'], only('GET', 'POST'))
    .all(['/:id', '/:id/events', '/:id/log'], only('GET'))
    .all(['/:id/cancel', '/:id/play', '/:id/retry', '/:id/reconcile', '/:id/resolve'], only('POST'));
}

/** The response that belongs to a request: express sets it. */
function response(request: Request) {
  if (request.res === undefined) throw new Error('a request without its response');
  return request.res;
}

/** @throws AppError `invalid` */
function idempotencyKeyOf(request: Request, requestDigest: string): IdempotencyKey | null {
  const key = request.get('idempotency-key');
  if (key === undefined || key === '') return null;
  if (key.length > longestKey)
    throw new AppError('invalid', `Idempotency-Key: at most ${longestKey} characters`);
  return { key, requestDigest };
}

/** Of all that a caller can see change; who else waits is not part of it. */
const etagOf = ({ waiters: _waiters, ...seen }: TriggerView): string =>
  `"${createHash('sha256').update(JSON.stringify(seen)).digest('base64url').slice(0, 22)}"`;

/** Whether an entity tag is among those of an `If-None-Match` (RFC 9110, 13.1.2: compared weakly). */
const matches = (known: string, etag: string): boolean =>
  known.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));

/** Seconds of a `Prefer: wait=N` (RFC 7240), at most 55; null when there is none. */
function preferredWait(request: Request): number | null {
  const [, seconds] = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})/i.exec(request.get('prefer') ?? '') ?? [];
  return seconds === undefined || Number(seconds) === 0 ? null : Math.min(Number(seconds), 55);
}
