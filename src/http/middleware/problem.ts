import { finished } from 'node:stream';
import type { ErrorRequestHandler, Request, Response } from 'express';
import type { Log } from '../../app/ports/index.ts';
import { GitLabUnavailable } from '../../app/ports/gitlab-unavailable.ts';
import type { ErrorCode } from '../../domain/error.ts';
import { LimitReached } from '../../domain/error.ts';
import { detailOf, errorStatus, errorCodeOf } from './error-status.ts';
import { logFailure } from './log-failure.ts';
import type { Reply } from './reply.ts';

/** A problem document (RFC 9457) as an answer. */
export interface Problem {
  /** Last part of its `type`, `/problems/<code>`. */
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
}

export const problem = (
  { code, status, title, detail }: Problem,
  extra: object = {},
  headers: Readonly<Record<string, string>> = {},
): Reply => ({
  status,
  headers: { ...headers, 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
  body: { type: `/problems/${code}`, title, status, detail, ...extra },
});

/** The headers of an error. */
const headersOf: Readonly<Partial<Record<ErrorCode, Readonly<Record<string, string>>>>> = {
  unauthorized: { 'www-authenticate': 'Bearer' },
  too_many_requests: { 'retry-after': '10', connection: 'close' },
  gitlab_unavailable: { 'retry-after': '5' },
  storage_unavailable: { 'retry-after': '1' },
};

/** A caller at its own limit is no flood: the connection may stay open. */
const headersFor = (error: unknown, code: ErrorCode): Readonly<Record<string, string>> =>
  error instanceof LimitReached
    ? { 'retry-after': String(error.retryAfterSeconds) }
    : { ...headersOf[code], ...retryAfter(error) };

/** The problem document of an error; one that is not meant for callers is an internal error. */
export function problemOf(error: unknown): Reply {
  const code = errorCodeOf(error);
  const [status, title] = errorStatus[code];
  const detail = detailOf(error) ?? title;
  return problem({ code, status, title, detail }, {}, headersFor(error, code));
}

/** Additional headers, where the error knows more than the table. */
const retryAfter = (error: unknown): Readonly<Record<string, string>> =>
  error instanceof GitLabUnavailable && error.unanswered.retryAfterMs !== null
    ? { 'retry-after': String(Math.ceil(error.unanswered.retryAfterMs / 1000)) }
    : {};

const isLogged = (error: unknown): boolean => error instanceof GitLabUnavailable && error.isLogged;

/** The last middleware: answers with the problem, and logs failures of the service itself. */
export function createErrorHandler(log: Log): ErrorRequestHandler {
  let warnedAt = -Infinity;
  /** A caller over a limit asks repeatedly: a line a minute is enough. */
  function warnOfLimit({ caller, message }: LimitReached): void {
    if (performance.now() - warnedAt < 60_000) return;
    warnedAt = performance.now();
    log.warn({ caller, error: message }, 'a caller has reached a limit');
  }

  return function handleError(error: unknown, request, response, next) {
    const { status, headers = {}, body } = problemOf(error);
    if (error instanceof LimitReached) warnOfLimit(error);
    if (status >= 500 && !isLogged(error)) logFailure(log, request, error, 'request failed');
    // Too late for another answer: express closes the connection.
    if (response.headersSent) next(error);
    else linger(request, response.status(status).set(headers), JSON.stringify(body));
  };
}

/**
 * Sends the whole answer, and ends it once the request has been read to its end, or after a time limit. Closing a
 * connection with unread bytes resets it, and the reset can overtake the answer (RFC 9112, section 9.6).
 * @param lingerMs for how long the rest of the request is read, in milliseconds
 */
export function linger(request: Request, response: Response, text: string, lingerMs = 5_000): void {
  if (request.complete) {
    response.end(text);
    return;
  }
  response.setHeader('content-length', Buffer.byteLength(text));
  response.write(text);
  const timer = setTimeout(() => response.end(), lingerMs).unref();
  finished(request, () => {
    clearTimeout(timer);
    response.end();
  });
  request.resume();
}
