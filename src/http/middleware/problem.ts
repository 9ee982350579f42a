import type { ErrorRequestHandler } from 'express';
import type { Log } from '../../app/ports/index.ts';
import { GitLabUnavailable } from '../../app/ports/gitlab-unavailable.ts';
import type { ErrorCode } from '../../domain/error.ts';
import { detailOf, errorStatus, errorCodeOf } from './error-status.ts';
import { logFailure } from './log-failure.ts';
import { linger } from './linger.ts';
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

/** The headers that go with an error. */
const headersOf: Readonly<Partial<Record<ErrorCode, Readonly<Record<string, string>>>>> = {
  unauthorized: { 'www-authenticate': 'Bearer' },
  too_many_requests: { 'retry-after': '10', connection: 'close' },
  gitlab_unavailable: { 'retry-after': '5' },
  storage_unavailable: { 'retry-after': '1' },
};

/** The problem of an error; what is not meant for callers is called an internal error. */
export function problemOf(error: unknown): Reply {
  const code = errorCodeOf(error);
  const [status, title] = errorStatus[code];
  const detail = detailOf(error) ?? title;
  return problem({ code, status, title, detail }, {}, { ...headersOf[code], ...retryAfter(error) });
}

/** Where more is known than what the table says. */
const retryAfter = (error: unknown): Readonly<Record<string, string>> =>
  error instanceof GitLabUnavailable && error.unanswered.retryAfterMs !== null
    ? { 'retry-after': String(Math.ceil(error.unanswered.retryAfterMs / 1000)) }
    : {};

const isTold = (error: unknown): boolean => error instanceof GitLabUnavailable && error.isTold;

/** The last middleware: answers with the problem, and reports what is ours to mend. */
export const createErrorHandler =
  (log: Log): ErrorRequestHandler =>
  (error: unknown, request, response, next) => {
    const { status, headers = {}, body } = problemOf(error);
    if (status >= 500 && !isTold(error)) logFailure(log, request, error, 'request failed');
    // Too late for an answer: express closes the connection.
    if (response.headersSent) next(error);
    else linger(request, response.status(status).set(headers), JSON.stringify(body));
  };
