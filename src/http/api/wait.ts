import type { Request, RequestHandler, Response } from 'express';
import type { ExplainFailure } from '../../app/triggers/explain-failure.ts';
import type { Diagnostics } from '../../app/diagnostics/diagnostics.ts';
import type { Tracer } from '../../app/ports/tracer.ts';
import type { TriggerNotifier } from '../../app/engine/trigger-notifier.ts';
import type { Caller } from '../../domain/access/caller.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { addressOf } from '../middleware/client-address.ts';
import type { FindTrigger } from './find-trigger.ts';
import type { Hold } from './long-poll.ts';
import { readQuery } from './query.ts';
import type { Reply } from '../middleware/reply.ts';
import { relativeLocation } from '../middleware/request-path.ts';
import type { WaitMode } from './routes/verdict.ts';
import { usualWaitSeconds } from './routes/verdict.ts';
import { waitRoute } from './routes/waiting.ts';
import type { Finished } from './verdict.ts';
import { isFinishedTrigger, stateHeaders, verdict } from './verdict.ts';

export interface WaitDeps {
  readonly hold: Hold;
  readonly explainFailure: ExplainFailure;
  /** Called when a waiting caller has been notified of a trigger's end. */
  readonly released: (trigger: Trigger) => void;
  readonly waiters: Pick<TriggerNotifier, 'count'>;
  readonly diagnostics: Pick<Diagnostics, 'presence'>;
  readonly tracer: Tracer;
  /** Aborts when the service stops: held requests are answered, so that callers come back to the next process. */
  readonly draining: AbortSignal;
}

/** The options of a waiting caller. */
interface WaitOptions {
  readonly mode: WaitMode;
  readonly seconds: number;
  /** Headers besides those of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A note about the answer itself. */
  readonly note?: string | null;
  /** Where one who follows redirects comes back to, relative to the request; `/wait` of the trigger unless given. */
  readonly followTo?: string;
  /** Whose end is the verdict, once the trigger has ended: others may count as well. Null: not all of them have ended. */
  readonly conclude?: (ended: Finished) => Promise<Finished | null>;
}

/** `GET or POST /v1/triggers/{id}/wait`. */
export const waitHandler = (find: FindTrigger, deps: WaitDeps): RequestHandler =>
  async function answerWait(request, response) {
    const found = await find(request);
    const { mode, wait: seconds } = readQuery(request, waitRoute.query);
    await holdUntilFinished(response, found, { mode, seconds }, deps);
  };

/** Holds a request until its trigger finishes or the time is up, and answers in the requested mode. */
export function holdUntilFinished(
  response: Response,
  { id, caller }: { readonly id: TriggerId; readonly caller: Caller },
  { mode, seconds, headers = {}, note = null, followTo, conclude }: WaitOptions,
  { hold, explainFailure, waiters, diagnostics, released, tracer, draining }: WaitDeps,
): Promise<void> {
  async function answerTo(held: Finished | null): Promise<Reply> {
    const trigger = held === null || conclude === undefined ? held : await conclude(held);
    if (mode === 'text') return wordFor(trigger);
    if (trigger === null)
      return stillPending(
        mode === 'follow' && !draining.aborted
          ? (followTo ?? followLocation(response.req, id, seconds))
          : null,
      );
    const explained = await explainFailure(trigger);
    // The trigger may have been retried in the meantime: the caller waited for the earlier outcome.
    const ended = isFinishedTrigger(explained) ? explained : trigger;
    return verdict(ended, waiters.count(id), { isText: wantsText(response.req), note });
  }
  const answer = tracer.traced(
    async (trigger: Finished | null): Promise<Reply> => {
      const { headers: own, ...answered } = await answerTo(trigger);
      if (trigger !== null) released(trigger);
      const closing = draining.aborted ? { connection: 'close' } : {};
      return { ...answered, headers: { ...own, ...headers, ...closing } };
    },
    {
      name: 'answer waiter',
      attributes: (trigger) => ({ triggerId: id, result: trigger?.state.outcome ?? 'pending' }),
    },
  );
  // The code that reports the end sends the answer, within a span of its own: this keeps the request's span.
  const within = tracer.captureContext();
  return hold({
    response,
    id,
    presence: diagnostics.presence.enter(id, caller.id, addressOf(response.req)),
    seconds,
    answer: (trigger) => within(() => answer(trigger)),
  });
}

/** Whether a caller prefers text; a caller that accepts anything gets JSON. */
const wantsText = (request: Request): boolean =>
  request.accepts(['application/json', 'application/problem+json', 'text/plain']) === 'text/plain';

function wordFor(trigger: Finished | null): Reply {
  const outcome = trigger?.state.outcome ?? null;
  return { status: 200, headers: stateHeaders(outcome), body: outcome ?? 'running' };
}

/**
 * curl --retry repeats a request after the `Retry-After` of a 503, and curl --max-redirs -1 follows any number of 303s.
 * @param location where a caller that follows redirects comes back to; null: a 503
 */
function stillPending(location: string | null): Reply {
  const headers = stateHeaders(null);
  return location === null
    ? { status: 503, headers: { ...headers, 'retry-after': '1' } }
    : { status: 303, headers: { ...headers, location } };
}

/** The URL at which a caller that follows redirects waits. */
export const followLocation = (request: Request, id: TriggerId, seconds: number): string =>
  relativeLocation(
    request,
    `/v1/triggers/${id}/wait?mode=follow${seconds === usualWaitSeconds ? '' : `&wait=${seconds}`}`,
  );
