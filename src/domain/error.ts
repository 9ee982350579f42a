/** What went wrong, as a caller can act on it. A failed pipeline is an outcome, not an error. */
export type ErrorCode =
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'pruned'
  | 'key_reused'
  | 'not_playable'
  | 'status_taken'
  | 'no_approval'
  | 'unsupported_media_type'
  | 'too_large'
  | 'not_retriable'
  | 'too_many_items'
  | 'too_many_requests'
  | 'gitlab_refused'
  | 'gitlab_unavailable'
  | 'storage_unavailable'
  | 'internal';

/** An error whose message may be shown to the caller: it holds no secret and no stack. */
export class AppError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.name = 'AppError';
    this.code = code;
  }
}

/** A caller has reached the limit of what it may have at the same time: it can try again once some of it has ended. */
export class LimitReached extends AppError {
  /** Documented in docs/api.md. */
  readonly retryAfterSeconds = 30;
  /** Whose limit it is. */
  readonly caller: string;

  constructor(message: string, caller: string) {
    super('too_many_requests', message);
    this.caller = caller;
  }
}

/** The message of anything thrown, for a log line. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
