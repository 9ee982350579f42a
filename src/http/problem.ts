import type { ErrorRequestHandler } from 'express';
import type { Log } from '../app/ports.ts';
import { GitLabUnavailable } from '../app/unavailable.ts';
import type { ErrorCode } from '../domain/error.ts';
import { AppError, messageOf } from '../domain/error.ts';
import { endWhenRead } from './end-when-read.ts';
import { requestIdOf } from './request-id.ts';
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

type Row = readonly [status: number, title: string, headers?: Readonly<Record<string, string>>];

/** Status and title of each error, and the headers that go with it. */
export const rowOf = {
  invalid: [400, 'The request is not understood'],
  unauthorized: [401, 'Authentication is missing or wrong', { 'www-authenticate': 'Bearer' }],
  forbidden: [403, 'This is not allowed'],
  not_found: [404, 'Not found'],
  pruned: [410, 'No longer kept'],
  key_reused: [422, 'The Idempotency-Key was used for another request'],
  unsupported_media_type: [415, 'The content type is not supported'],
  too_large: [413, 'The request is too large'],
  too_many_requests: [429, 'Too many requests', { 'retry-after': '10', connection: 'close' }],
  gitlab_refused: [422, 'GitLab refused'],
  gitlab_unavailable: [503, 'GitLab cannot be reached', { 'retry-after': '5' }],
  storage_unavailable: [503, 'The database cannot be used', { 'retry-after': '1' }],
  internal: [500, 'Internal error'],
} as const satisfies Record<ErrorCode, Row>;

/** The problem of an error; what is not meant for callers is called an internal error. */
export function problemOf(error: unknown): Reply {
  const code = error instanceof AppError ? error.code : (expressCodes[typeOf(error)] ?? 'internal');
  const row: Row = rowOf[code];
  const [status, title, headers] = row;
  const detail = error instanceof AppError && code !== 'internal' ? error.message : title;
  return problem({ code, status, title, detail }, {}, { ...headers, ...retryAfter(error) });
}

/** Where more is known than what the table says. */
const retryAfter = (error: unknown): Readonly<Record<string, string>> =>
  error instanceof GitLabUnavailable && error.unanswered.retryAfterMs !== null
    ? { 'retry-after': String(Math.ceil(error.unanswered.retryAfterMs / 1000)) }
    : {};

/** What express and its body parser call their errors. */
const expressCodes: Readonly<Record<string, ErrorCode>> = {
  'entity.too.large': 'too_large',
  'encoding.unsupported': 'unsupported_media_type',
  'request.aborted': 'invalid',
  'request.size.invalid': 'invalid',
  URIError: 'not_found',
};

const typeOf = (error: unknown): string => {
  if (error instanceof URIError) return 'URIError';
  return typeof error === 'object' && error !== null && 'type' in error ? String(error.type) : '';
};

/** The last middleware: answers with the problem, and reports what is ours to mend. */
export const answerErrors =
  (log: Log): ErrorRequestHandler =>
  (error: unknown, request, response, next) => {
    const { status, headers = {}, body } = problemOf(error);
    if (status >= 500)
      log.error(
        {
          ...{ requestId: requestIdOf(request), method: request.method, path: request.path },
          error: messageOf(error),
        },
        'request failed',
      );
    // Too late for an answer: express closes the connection.
    if (response.headersSent) next(error);
    else endWhenRead(request, response.status(status).set(headers), JSON.stringify(body));
  };
