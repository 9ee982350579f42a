import type { ErrorCode } from '../../domain/error.ts';
import { AppError } from '../../domain/error.ts';
import { clip } from '../../domain/text.ts';

type Row = readonly [status: number, title: string];

/** Status and title of each error, for programs and people alike. */
export const errorStatus = {
  invalid: [400, 'The request is not understood'],
  unauthorized: [401, 'Authentication is missing or wrong'],
  forbidden: [403, 'This is not allowed'],
  not_found: [404, 'Not found'],
  pruned: [410, 'No longer kept'],
  key_reused: [422, 'The Idempotency-Key was used for another request'],
  status_taken: [409, 'The commit status is in use'],
  not_playable: [422, 'No such job waits to be played'],
  no_approval: [422, 'No such job waits to be approved'],
  unsupported_media_type: [415, 'The content type is not supported'],
  too_large: [413, 'The request is too large'],
  not_retriable: [422, 'No retry helps against this reason'],
  too_many_items: [422, 'The request has too many items'],
  too_many_requests: [429, 'Too many requests'],
  gitlab_refused: [422, 'GitLab refused'],
  gitlab_unavailable: [503, 'GitLab cannot be reached'],
  storage_unavailable: [503, 'The database cannot be used'],
  internal: [500, 'Internal error'],
} as const satisfies Record<ErrorCode, Row>;

/** The error types of express and its body parsers. */
const expressCodes: Readonly<Record<string, ErrorCode>> = {
  'entity.too.large': 'too_large',
  'encoding.unsupported': 'unsupported_media_type',
  'charset.unsupported': 'unsupported_media_type',
  'parameters.too.many': 'too_large',
  'request.aborted': 'invalid',
  'request.size.invalid': 'invalid',
};

const typeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'type' in error ? String(error.type) : '';

/** The code of any thrown value; `internal` for errors that are not meant for callers. */
export function errorCodeOf(error: unknown): ErrorCode {
  if (error instanceof AppError) return error.code;
  // A path that cannot be decoded.
  if (error instanceof URIError) return 'not_found';
  return expressCodes[typeOf(error)] ?? 'internal';
}

/** At most 8 KB as JSON, whatever the characters are: a message may quote a request or GitLab. */
const longestDetail = 1_200;

/** The detail that a caller gets besides the title; null where there is none for callers. */
export const detailOf = (error: unknown): string | null =>
  error instanceof AppError && error.code !== 'internal' ? clip(error.message, longestDetail) : null;
