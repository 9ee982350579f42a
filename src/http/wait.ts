import type { Request, Response } from 'express';
import type { ExplainFailure } from '../app/explain-failure.ts';
import type { WaitFor } from '../app/wait-for-outcome.ts';
import type { Waiters } from '../app/waiters.ts';
import type { TriggerId } from '../domain/ids.ts';
import type { Trigger } from '../domain/trigger.ts';
import { isFinished } from '../domain/trigger.ts';
import { choiceQuery, numberQuery } from './query.ts';
import type { Reply } from './reply.ts';
import { isFinishedTrigger, stateHeaders, verdict } from './verdict.ts';

export interface WaitDeps {
  readonly waitFor: WaitFor;
  readonly explainFailure: ExplainFailure;
  readonly waiters: Pick<Waiters, 'count'>;
  readonly patienceOf: PatienceOf;
  /** Aborts when the service stops: held requests are answered, to come back to the next one. */
  readonly draining: AbortSignal;
}

/** Seconds a request is held. Proxies cut connections that are silent for a minute. */
const hold = { min: 1, max: 55, or: 25 } as const;

export const readWaitSeconds = (request: Request): number => numberQuery(request, 'wait', hold);
export const readWaitMode = (request: Request) =>
  choiceQuery(request, 'mode', ['wait', 'follow', 'text'] as const, 'wait');

/** Makes what aborts when the caller of a response hangs up, or the service stops. */
export type PatienceOf = (response: Response) => AbortSignal;

/** One listener for all who are held: to join signals for each weighs several times as much. */
export function patienceUntil(draining: AbortSignal): PatienceOf {
  const held = new Set<AbortController>();
  draining.addEventListener('abort', () => {
    for (const gone of held) gone.abort();
  });
  return (response) => {
    // While its trigger was looked up the caller may have gone: then nothing will close any more.
    if (response.closed || draining.aborted) return AbortSignal.abort();
    const gone = new AbortController();
    held.add(gone);
    response.once('close', () => {
      held.delete(gone);
      gone.abort();
    });
    return gone.signal;
  };
}

/** Holds a request until its trigger finishes or the time is up, and answers as the mode wants it. */
export async function answerWait(
  request: Request,
  response: Response,
  id: TriggerId,
  { waitFor, explainFailure, waiters, patienceOf, draining }: WaitDeps,
): Promise<Reply> {
  const mode = readWaitMode(request);
  const seconds = readWaitSeconds(request);
  const trigger = await waitFor(id, isFinished, seconds * 1000, patienceOf(response));
  const closing = draining.aborted ? { connection: 'close' } : {};
  const headers = { ...stateHeaders(trigger), ...closing };
  if (mode === 'text') return { status: 200, headers, body: wordFor(trigger) };
  if (!isFinishedTrigger(trigger))
    return stillPending(headers, mode === 'follow' && !draining.aborted, id, seconds);
  const explained = await explainFailure(trigger);
  const answer = verdict(isFinishedTrigger(explained) ? explained : trigger, waiters.count(id));
  return { ...answer, headers: { ...answer.headers, ...closing } };
}

const wordFor = ({ state }: Trigger): string => (state.kind === 'finished' ? state.outcome : 'running');

/** curl repeats a 503 after the `Retry-After`, and follows a 303 without limit when told to. */
function stillPending(
  headers: Readonly<Record<string, string>>,
  followsOn: boolean,
  id: TriggerId,
  seconds: number,
): Reply {
  if (!followsOn) return { status: 503, headers: { ...headers, 'retry-after': '1' } };
  return { status: 303, headers: { ...headers, location: followLocation(id, seconds) } };
}

/** Where one who follows redirects waits. */
export const followLocation = (id: TriggerId, seconds: number): string =>
  `/v1/triggers/${id}/wait?mode=follow${seconds === hold.or ? '' : `&wait=${seconds}`}`;
