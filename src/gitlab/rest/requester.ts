import type { Clock } from '../../app/ports/index.ts';
import { GitLabUnavailable, requestLifeMs } from '../../app/ports/gitlab-unavailable.ts';
import { AppError } from '../../domain/error.ts';
import { redactSecrets } from '../../domain/redact-secrets.ts';
import type { ShutdownSignals } from './shutdown-signals.ts';
import { never } from './shutdown-signals.ts';
import type { RateLimit } from './rate-limit.ts';
import { errorMessage } from './error-message.ts';
import { AnswerTooLong, textOf, wholeText } from './read-body.ts';
import { secretsIn } from './secrets-in.ts';

type Fetch = typeof globalThis.fetch;

/** What gitbeaker asks of a requester, reduced to what we use. */
interface Query {
  readonly searchParams?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
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
  /** Reads text as it comes: as much of it is in memory as its reader has not taken. */
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

/** How often a read is tried in all: reading twice does no harm, acting twice might. */
const readTries = 3;
const readPauseMs = 250;

/** For how long GitLab may go on with a request after each kind of trouble, unseen by us. */
const inDoubtMs = {
  /** It answered that it failed: it is done with the request. */
  answered: 1_000,
  /** The connection broke: a request that came through is carried out all the same. */
  broken: 5_000,
  /** No answer in time. */
  silent: requestLifeMs,
} as const;

/**
 * Speaks to GitLab's REST API for gitbeaker, whose own requester repeats a POST up to ten times and whose errors
 * carry the tokens of the request. Keys and values of a body go out as they are.
 * The methods throw AppError `gitlab_refused`, `not_found` or GitLabUnavailable.
 */
export function createRequester(
  baseUrl: string,
  { fetch, clock, rateLimit, apiToken, timeoutMs, giveUp = never }: Deps,
): Requester {
  const headers = {
    'content-type': 'application/json',
    ...(apiToken === null ? {} : { 'private-token': apiToken }),
  };

  async function send(
    method: string,
    endpoint: string,
    { searchParams, body }: Query,
    { signal, contentOf }: Reading,
  ): Promise<GitLabAnswer> {
    const url = new URL(`${baseUrl}/${endpoint}`);
    url.search = queryString(searchParams ?? {});
    const request = { method, headers, signal, redirect: 'error' as const };
    try {
      const response = await fetch(
        url,
        body === undefined ? request : { ...request, body: JSON.stringify(body) },
      );
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: await contentOf(response),
      };
    } catch (error) {
      throw unanswered(error, method);
    }
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
    if (answer.status >= 200 && answer.status < 300) return checked(answer, method);
    const hide = redactSecrets([apiToken ?? '', ...secretsIn(query.body)]);
    throw errorType(answer, rateLimit.waitMs(clock.now()), method, hide);
  }

  function askWhole(method: string, endpoint: string, query: Query): Promise<GitLabAnswer> {
    const givenUp = method === 'GET' ? giveUp.reads : giveUp.writes;
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), givenUp]);
    return ask(method, endpoint, query, { signal, contentOf: wholeContentOf });
  }

  /** The time for the answer's head is limited, and that for each piece of it, but not that for the whole. */
  async function askForStream(endpoint: string): Promise<GitLabAnswer> {
    const late = new AbortController();
    const timer = setTimeout(
      () => late.abort(new DOMException('no answer in time', 'TimeoutError')),
      timeoutMs,
    );
    const signal = AbortSignal.any([late.signal, giveUp.reads]);
    const contentOf = (response: Response): Promise<unknown> =>
      response.ok && !isPage(response.headers.get('content-type'))
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
      yield* textOf(response, timeoutMs);
    } catch (error) {
      throw unanswered(error, 'GET');
    }
  }

  async function retried(read: () => Promise<GitLabAnswer>): Promise<GitLabAnswer> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await read();
      } catch (error) {
        const mayPass = error instanceof GitLabUnavailable && error.unanswered.retryAfterMs === null;
        if (!mayPass || tries === readTries || giveUp.reads.aborted) throw error;
        await clock.sleep(readPauseMs * tries);
      }
    }
  }

  const act =
    (method: string): Ask =>
    (endpoint, query = {}) =>
      askWhole(method, endpoint, query);
  const get: Ask = (endpoint, query = {}) => retried(() => askWhole('GET', endpoint, query));

  async function stream(endpoint: string): Promise<AsyncGenerator<string>> {
    const { body } = await retried(() => askForStream(endpoint));
    return body as AsyncGenerator<string>;
  }

  return { get, stream, post: act('POST'), put: act('PUT'), patch: act('PATCH'), delete: act('DELETE') };
}

/** GitLab's REST answers are JSON, a trace is text; anything else is somebody in between. */
async function wholeContentOf(response: Response): Promise<unknown> {
  const text = await wholeText(response);
  if (!(response.headers.get('content-type') ?? '').includes('json')) return text;
  return text === '' ? null : (JSON.parse(text) as unknown);
}

const isPage = (contentType: string | null | undefined): boolean => contentType?.includes('html') === true;

function checked(answer: GitLabAnswer, method: string): GitLabAnswer {
  if (isPage(answer.headers['content-type']))
    throw new GitLabUnavailable('a web page came instead of an answer of the API', unclear(method, 'broken'));
  return answer;
}

const unclear = (method: string, how: keyof typeof inDoubtMs) => ({
  retryAfterMs: null,
  inDoubtMs: method === 'GET' ? null : inDoubtMs[how],
});

function unanswered(error: unknown, method: string): GitLabUnavailable {
  const name = error instanceof Error ? error.name : '';
  if (name === 'AbortError') return new GitLabUnavailable('the service stops', unclear(method, 'silent'));
  if (name === 'TimeoutError') return new GitLabUnavailable('no answer in time', unclear(method, 'silent'));
  if (error instanceof AnswerTooLong) return new GitLabUnavailable(error.message, unclear(method, 'broken'));
  if (name === 'SyntaxError')
    return new GitLabUnavailable('the answer is not whole', unclear(method, 'broken'));
  const code = causeOf(error);
  const neverSent = [
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ENETUNREACH',
    'EHOSTUNREACH',
    'UND_ERR_CONNECT_TIMEOUT',
  ];
  const settled = code !== null && (neverSent.includes(code) || /CERT|SELF_SIGNED|TLS|SSL/.test(code));
  return new GitLabUnavailable(
    `GitLab cannot be reached${code === null ? '' : ` (${code})`}`,
    settled ? { retryAfterMs: null, inDoubtMs: null } : unclear(method, 'broken'),
  );
}

/** The code of what lies behind fetch's "fetch failed". */
function causeOf(error: unknown): string | null {
  const cause: unknown = error instanceof Error ? error.cause : null;
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : null;
}

function errorType(
  { status, body }: GitLabAnswer,
  waitMs: number,
  method: string,
  hide: (said: string) => string,
): AppError {
  if (status === 429)
    return new GitLabUnavailable('GitLab answers 429', { retryAfterMs: waitMs, inDoubtMs: null });
  if (status === 408 || status >= 500)
    return new GitLabUnavailable(`GitLab answers ${status}`, {
      ...unclear(method, status === 504 || status === 408 ? 'silent' : 'answered'),
      retryAfterMs: waitMs > 0 ? waitMs : null,
    });
  return new AppError(status === 404 ? 'not_found' : 'gitlab_refused', errorMessage(status, body, hide));
}

/** `perPage: 100` as `per_page=100`, a list as `scope[]=…`, as GitLab's API writes them. */
function queryString(params: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    const name = key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    if (Array.isArray(value)) for (const item of value) query.append(`${name}[]`, String(item));
    else if (typeof value === 'string' || typeof value === 'number') query.set(name, String(value));
  }
  return query.toString();
}
