import type { Request, RequestHandler } from 'express';
import type { StartTrigger } from '../../app/triggers/start-trigger.ts';
import type { Authorizer } from '../../app/access/authorize.ts';
import type { ResolveProject } from '../../app/access/resolve-project.ts';
import type { IdempotencyKey, PendingQuota } from '../../app/ports/index.ts';
import type { Caller } from '../../domain/access/caller.ts';
import { quotaOf } from '../../domain/access/quota.ts';
import { AppError } from '../../domain/error.ts';
import { actorOf } from '../middleware/client-address.ts';
import type { Authenticate } from '../middleware/authenticate.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { readHeaders, readQuery } from './query.ts';
import { parseJson } from '../middleware/read-body.ts';
import { createTurns } from '../middleware/turns.ts';
import { send } from '../middleware/reply.ts';
import { relativeLocation } from '../middleware/request-path.ts';
import { usualWaitSeconds } from './routes/verdict.ts';
import { createTriggerRoute } from './routes/triggers.ts';
import type { RequestDefaults } from '../../api/trigger-request.ts';
import { readTriggerRequest } from '../../api/trigger-request.ts';
import { triggerView } from '../../api/trigger-view.ts';
import { outcomeOf, stateHeaders } from './verdict.ts';
import type { WaitDeps } from './wait.ts';
import { followLocation, holdUntilFinished } from './wait.ts';

interface Deps extends WaitDeps {
  readonly startTrigger: StartTrigger;
  readonly authenticate: Authenticate;
  readonly authorizer: Pick<Authorizer, 'start' | 'admit'>;
  readonly resolveProject: ResolveProject;
  readonly defaults: RequestDefaults;
  readonly pendingLimit: number;
}

/** `POST /v1/triggers`: answers as soon as the request is on disk, or as `/wait` does where the caller wants that. */
export function createTrigger({
  startTrigger,
  authenticate,
  authorizer,
  resolveProject,
  defaults,
  pendingLimit,
  ...waiting
}: Deps): RequestHandler {
  // To parse and store a request takes up to a millisecond of processor time; hundreds may arrive together.
  const turn = createTurns();
  return async function answerCreate(request, response) {
    const caller = await callerOf(request, authenticate);
    authorizer.admit(caller);
    await turn();
    const { wait, mode } = readQuery(request, createTriggerRoute.query);
    const seconds = wait ?? usualWaitSeconds;
    const asked = readTriggerRequest(parseJson(request.body), defaults);
    const replay: { firstAt: number | null } = { firstAt: null };
    const trigger = await startTrigger({
      caller: caller.id,
      by: actorOf(request, caller),
      startedBy: caller.job?.user ?? null,
      request: authorizer.start(caller, await resolveProject(caller, asked)),
      secrets: asked.secrets,
      callbackUrl: asked.callbackUrl,
      key: idempotencyKeyOf(request, asked.digest),
      quota: quotaFor(caller, pendingLimit),
      onReplay: ({ createdAt }) => (replay.firstAt = createdAt),
    });
    const replayed: Readonly<Record<string, string>> =
      replay.firstAt === null ? {} : { 'idempotent-replayed': 'true' };
    const { id } = trigger;
    const location = relativeLocation(request, `/v1/triggers/${id}`);
    if (wait === undefined && mode === undefined) {
      const body = triggerView(trigger, waiting.waiters.count(id));
      send(response, { status: 202, headers: { location, ...replayed }, body });
    } else if (mode === 'follow') {
      const headers = {
        ...stateHeaders(outcomeOf(trigger)),
        ...replayed,
        location: followLocation(request, id, seconds),
      };
      send(response, { status: 303, headers });
    } else
      await holdUntilFinished(
        response,
        { id, caller },
        {
          mode: mode ?? 'wait',
          seconds,
          headers: { location, ...replayed },
          note: replay.firstAt === null ? null : noteOf(replay.firstAt),
        },
        waiting,
      );
  };
}

function quotaFor(caller: Caller, pendingLimit: number): PendingQuota | null {
  const quota = quotaOf(caller);
  return quota === null ? null : { callers: quota.callers, limit: pendingLimit };
}

/** @throws AppError `invalid` */
function idempotencyKeyOf(request: Request, requestDigest: string): IdempotencyKey | null {
  const { 'Idempotency-Key': key = '' } = readHeaders(request, createTriggerRoute.headers);
  if (key === '') return null;
  const problem = problemOfKey(key);
  if (problem !== null) throw new AppError('invalid', `Idempotency-Key: ${problem}`);
  return { key, requestDigest };
}

const noteOf = (firstAt: number): string =>
  `this Idempotency-Key first came at ${new Date(firstAt).toISOString()}, and nothing was started for it again`;

/**
 * Refuses a key that many requests would share, each of which would get the result of the first. CI variables give such
 * keys outside of CI, where they are empty, and in quotes in which a shell does not expand them.
 */
export function problemOfKey(key: string): string | null {
  if (key.split(':').some((part) => part.trim() === '') || !/[\p{L}\p{N}]/u.test(key))
    return 'a part of it is empty, so that it would be everybody’s key; outside of CI take one of your own, or none';
  return /\$(?:\w|\{)/.test(key)
    ? 'it names a variable that was not filled in, so that it would be everybody’s key'
    : null;
}
