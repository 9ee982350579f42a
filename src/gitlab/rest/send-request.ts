import { requestLifeMs, GitLabUnavailable, GitLabUnusable } from '../../app/ports/gitlab-unavailable.ts';
import { AppError } from '../../domain/error.ts';
import type { Aftermath, Verdict } from '../../domain/gitlab-answer.ts';
import { failureFrom, verdictOnFailure } from '../../domain/gitlab-answer.ts';
import { followAnywhere, followWithin } from './follow-redirects.ts';
import { wholeText } from './read-body.ts';

export type Fetch = typeof globalThis.fetch;

/** The part of gitbeaker's requester interface that is used. */
export interface Query {
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
export interface Reading {
  readonly signal: AbortSignal;
  readonly contentOf: (response: Response) => Promise<unknown>;
  /** A file, which GitLab may keep with somebody else. */
  readonly isFile?: boolean;
}

/** For how long GitLab may continue with a request after each kind of failure, unnoticed. */
const inDoubtMs = {
  /** It answered with an error: it is done with the request. */
  answered: 1_000,
  /** The connection broke: a request that came through is carried out all the same. */
  broken: 5_000,
  /** No answer in time. */
  silent: requestLifeMs,
} as const satisfies Record<NonNullable<Aftermath>, number>;

type Send = (method: string, endpoint: string, query: Query, reading: Reading) => Promise<GitLabAnswer>;

/** Sends one request to GitLab's REST API. @throws AppError of what kept it from an answer */
export function createSend(baseUrl: string, fetch: Fetch, apiToken: string | null): Send {
  const headers = {
    'content-type': 'application/json',
    ...(apiToken === null ? {} : { 'private-token': apiToken }),
  };
  // A moved project redirects to the same call with its id; a sign-in page is outside of the API.
  const follow = followWithin(fetch, `${baseUrl}/`);
  const followToFile = followAnywhere(fetch, `${baseUrl}/`);

  function urlOf(endpoint: string, searchParams: Query['searchParams']): URL {
    const url = new URL(`${baseUrl}/${endpoint}`);
    url.search = queryString(searchParams ?? {});
    return url;
  }

  return async function send(
    method: string,
    endpoint: string,
    { searchParams, body }: Query,
    { signal, contentOf, isFile = false }: Reading,
  ): Promise<GitLabAnswer> {
    try {
      const url = urlOf(endpoint, searchParams);
      const request = { method, headers, signal };
      const response = await (isFile ? followToFile : follow)(
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
  };
}

/** GitLab's REST answers are JSON, a trace is text; any other answer is a gateway's. */
export async function wholeContentOf(response: Response): Promise<unknown> {
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

export function errorOfFailure(error: unknown, method: string): AppError {
  const verdict = verdictOnFailure(failureFrom(error));
  return errorOfVerdict(verdict, method, verdict.why ?? '');
}

/** @param limitMs how long the rate limit delays every request */
export function errorOfVerdict(
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
