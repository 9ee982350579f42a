import { createHash } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import type { Presence } from '../../app/diagnostics/presence.ts';
import type { WaitFor } from '../../app/triggers/wait-for-outcome.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { isFinished } from '../../domain/trigger/trigger.ts';
import { addressOf } from '../middleware/client-address.ts';
import type { FindTrigger } from './find-trigger.ts';
import { responseOf } from './find-trigger.ts';
import type { RequestSignal } from '../middleware/streaming.ts';
import { reply } from '../middleware/reply.ts';
import type { TriggerView } from '../../api/trigger-view.ts';

interface Deps {
  readonly find: FindTrigger;
  readonly view: (trigger: Trigger) => TriggerView;
  readonly waitFor: WaitFor;
  readonly signalOf: RequestSignal;
  readonly presence: Presence;
}

/**
 * `GET /v1/triggers/{id}`: with `Prefer: wait=N` holds the request until the trigger differs from the state that the
 * caller knows. A finished trigger changes only by a retry: a request that names the final state waits for that.
 */
export const showTrigger = ({ find, view, waitFor, signalOf, presence }: Deps): RequestHandler =>
  reply(async (request) => {
    const { id, caller, trigger } = await find(request);
    const known = request.get('if-none-match');
    const isAllThereIs = known === undefined && isFinished(trigger);
    const seconds = isAllThereIs ? null : preferredWait(request);
    const before = known ?? etagOf(view(trigger));
    const hasChanged = (seen: Trigger): boolean => !matches(before, etagOf(view(seen)));
    const waiting = { caller: caller.id, from: addressOf(request) };
    const wait = (ms: number): Promise<Trigger> =>
      presence.withPresence(id, waiting, () => waitFor(id, hasChanged, ms, signalOf(responseOf(request))));
    const latest = seconds === null ? trigger : await wait(seconds * 1000);
    const body = view(latest);
    const headers = {
      etag: etagOf(body),
      'cache-control': 'private, no-cache',
      ...(seconds === null ? {} : { 'preference-applied': `wait=${seconds}` }),
    };
    const isKnown = known !== undefined && matches(known, headers.etag);
    return isKnown ? { status: 304, headers } : { status: 200, headers, body };
  });

/** Digest of the state of a trigger; the number of waiting callers is no part of it. */
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
