import type { Clock } from '../../app/ports/index.ts';
import {
  GitLabRefusal,
  GitLabUnavailable,
  GitLabUnusable,
  requestLifeMs,
} from '../../app/ports/gitlab-unavailable.ts';
import { AppError } from '../../domain/error.ts';
import type { Aftermath, Verdict } from '../../domain/gitlab-answer.ts';
import { failureFrom, verdictOn, verdictOnFailure } from '../../domain/gitlab-answer.ts';
import { isHtml } from '../../domain/http.ts';
import { redactSecrets } from '../../domain/redact-secrets.ts';
import { followWithin } from './follow-redirects.ts';
import type { ShutdownSignals } from './shutdown-signals.ts';
import { never } from './shutdown-signals.ts';
import type { RateLimit } from './rate-limit.ts';
import { errorMessage } from './errors.ts';
import { textOf, wholeText } from './read-body.ts';
import { secretsIn } from './secrets-in.ts';

type Fetch = typeof globalThis.fetch;

/** The part of gitbeaker's requester interface that is used. */
interface Query {
  readonly searchParams?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  /** The timeout of this request; by default the requester's. */
  readonly timeoutMs?: number;
}

export interface GitLabAnswer {
  readonly body: unknown;
  readonly headers: Record<string, string>;
  readonly status: number;
}

/** How an answer is read, and what ends the reading. */
interface Reading {
  readonly signal: AbortSignal;
  readonly contentOf: (response: Response) => Promise<unknown>;
}

type Ask = (endpoint: string, query?: Query) => Promise<GitLabAnswer>;

export type Requester = Readonly<Record<'get' | 'post' | 'put' | 'patch' | 'delete', Ask>> & {
  /** Reads text as it arrives: only the part that the reader has not taken is in memory. */
  readonly stream: (endpoint: string) => Promise<AsyncGenerator<string>>;
};

interface Deps {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly rateLimit: RateLimit;
  readonly apiToken: string | null;
  readonly timeoutMs: number;
  readonly giveUp?: ShutdownSignals;
}

/** The attempts of a read: unlike a change, a read may be repeated. */
const readTries = 3;
const readPauseMs = 250;

/** For how long GitLab may continue with a request after each kind of failure, unnoticed. */
const inDoubtMs = {
  /** It answered with an error: it is done with the request. */
  answered: 1_000,
  /** The connection broke: a request that came through is carried out all the same. */
  broken: 5_000,
  /** No answer in time. */
  silent: requestLifeMs,
} as const satisfies Record<NonNullable<Aftermath>, number>;

/**
 * Sends gitbeaker's requests to GitLab's REST API. Gitbeaker's own requester repeats a POST up to ten times, and its
 * errors carry the tokens of the request. Keys and values of a body are sent unchanged.
 * The methods throw AppError `gitlab_refused`, `not_found`, GitLabUnusable or GitLabUnavailable.
 */
export function createRequester(
  baseUrl: string,
  { fetch, clock, rateLimit, apiToken, timeoutMs: usualTimeoutMs, giveUp = never }: Deps,
): Requester {
  const headers = {
    'content-type': 'application/json',
    ...(apiToken === null ? {} : { 'private-token': apiToken }),
  };
  // A moved project redirects to the same call with its id; a sign-in page is outside of the API.
  const follow = followWithin(fetch, `${baseUrl}/`);

  async function send(
    method: string,
    endpoint: string,
    { searchParams, body }: Query,
    { signal, contentOf }: Reading,
  ): Promise<GitLabAnswer> {
    try {
      const url = urlOf(endpoint, searchParams);
      const request = { method, headers, signal };
      const response = await follow(
        url,
        body === undefined ? request : { ...request, body: JSON.stringify(body) },
      );
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: await contentOf(response),
      };
    } catch (error) {
      throw errorOfFailure(error, method);
    }
  }

  function urlOf(endpoint: string, searchParams: Query['searchParams']): URL {
    const url = new URL(`${baseUrl}/${endpoint}`);
    url.search = queryString(searchParams ?? {});
    return url;
  }

  async function ask(
    method: string,
    endpoint: string,
    query: Query,
    reading: Reading,
  ): Promise<GitLabAnswer> {
    const waitMs = rateLimit.waitMs(clock.now());
    if (waitMs > 0)
      throw new GitLabUnavailable('GitLab limits our requests', { retryAfterMs: waitMs, inDoubtMs: null });
    const answer = await send(method, endpoint, query, reading);
    rateLimit.note(answer.status, answer.headers, clock.now());
    const verdict = verdictOn(answer, `${baseUrl}/${endpoint}`);
    if (verdict.meaning === 'done') return answer;
    const hide = redactSecrets([apiToken ?? '', ...secretsIn(query.body)]);
    const why = verdict.why ?? errorMessage(answer.status, answer.body, hide);
    if (verdict.meaning === 'refused' || verdict.meaning === 'missing')
      throw new GitLabRefusal(answer.status, why);
    throw errorType(verdict, method, why, rateLimit.waitMs(clock.now()));
  }

  function askWhole(method: string, endpoint: string, query: Query): Promise<GitLabAnswer> {
    const { timeoutMs = usualTimeoutMs } = query;
    const givenUp = method === 'GET' ? giveUp.reads : giveUp.writes;
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), givenUp]);
    return ask(method, endpoint, query, { signal, contentOf: wholeContentOf });
  }

  /** The time for the head of the answer and for each piece of it is limited, not the total. */
  async function askForStream(endpoint: string): Promise<GitLabAnswer> {
    const late = new AbortController();
    const timer = setTimeout(
      () => late.abort(new DOMException('no answer in time', 'TimeoutError')),
      usualTimeoutMs,
    );
    const signal = AbortSignal.any([late.signal, giveUp.reads]);
    const contentOf = (response: Response): Promise<unknown> =>
      response.ok && !isHtml(response.headers.get('content-type'))
        ? Promise.resolve(piecesOf(response))
        : wholeContentOf(response);
    try {
      return await ask('GET', endpoint, {}, { signal, contentOf });
    } finally {
      clearTimeout(timer);
    }
  }

  async function* piecesOf(response: Response): AsyncGenerator<string> {
    try {
      yield* textOf(response, usualTimeoutMs);
    } catch (error) {
      throw errorOfFailure(error, 'GET');
    }
  }

  async function retried(read: () => Promise<GitLabAnswer>, timeoutMs: number): Promise<GitLabAnswer> {
    const startedAt = clock.now();
    for (let tries = 1; ; tries += 1) {
      try {
        return await read();
      } catch (error) {
        const mayPass = error instanceof GitLabUnavailable && error.unanswered.retryAfterMs === null;
        // A request that timed out has taken long enough: the caller decides about a repetition.
        const isLate = clock.now() - startedAt >= timeoutMs;
        if (!mayPass || isLate || tries === readTries || giveUp.reads.aborted) throw error;
        await clock.sleep(readPauseMs * tries);
      }
    }
  }

  const act =
    (method: string): Ask =>
    (endpoint, query = {}) =>
      askWhole(method, endpoint, query);
  const get: Ask = (endpoint, query = {}) =>
    retried(() => askWhole('GET', endpoint, query), query.timeoutMs ?? usualTimeoutMs);

  async function stream(endpoint: string): Promise<AsyncGenerator<string>> {
    const { body } = await retried(() => askForStream(endpoint), usualTimeoutMs);
    return body as AsyncGenerator<string>;
  }

  return { get, stream, post: act('POST'), put: act('PUT'), patch: act('PATCH'), delete: act('DELETE') };
}

/** GitLab's REST answers are JSON, a trace is text; any other answer is a gateway's. */
async function wholeContentOf(response: Response): Promise<unknown> {
  const text = await wholeText(response);
  if (!(response.headers.get('content-type') ?? '').includes('json')) return text;
  return text === '' ? null : parsed(text, response.ok);
}

/** An error answer may have invalid JSON; a successful one must be complete. */
function parsed(text: string, isWanted: boolean): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (isWanted) throw error;
    return text;
  }
}

function errorOfFailure(error: unknown, method: string): AppError {
  const verdict = verdictOnFailure(failureFrom(error));
  return errorType(verdict, method, verdict.why ?? '');
}

/** @param limitMs how long the rate limit delays every request */
function errorType(
  { meaning, aftermath, waitMs }: Verdict,
  method: string,
  why: string,
  limitMs = 0,
): AppError {
  if (meaning === 'permanent') return new GitLabUnusable(why);
  if (meaning === 'refused') return new AppError('gitlab_refused', why);
  if (meaning === 'missing') return new AppError('not_found', why);
  const retryAfterMs = Math.max(waitMs ?? 0, limitMs);
  const unanswered = {
    retryAfterMs: retryAfterMs > 0 ? retryAfterMs : null,
    inDoubtMs: method === 'GET' || aftermath === null ? null : inDoubtMs[aftermath],
  };
  return new GitLabUnavailable(why, unanswered, { isUnresolved: meaning === 'unresolved' });
}

/** Writes `perPage: 100` as `per_page=100`, and a list as `scope[]=…`. */
function queryString(params: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    const name = key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    if (Array.isArray(value)) for (const item of value) query.append(`${name}[]`, String(item));
    else if (typeof value === 'string' || typeof value === 'number') query.set(name, String(value));
  }
  return query.toString();
}
