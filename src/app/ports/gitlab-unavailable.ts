import { AppError } from '../../domain/error.ts';

/** How much is known of a request that GitLab did not answer as it should. */
export interface Unanswered {
  /** How long to wait before asking again, as GitLab said; null when it did not say. */
  readonly retryAfterMs: number | null;
  /**
   * For how long after it was sent the request may still be carried out by GitLab unseen;
   * null when GitLab certainly did not and will not carry it out.
   */
  readonly inDoubtMs: number | null;
}

/** How long GitLab may go on with a request that nobody waits for any more: it gives itself a minute. */
export const requestLifeMs = 60_000;

/** GitLab understood and said no, or has no such thing: asking again would bring the same answer. */
export const isRefusal = (error: unknown): error is AppError =>
  error instanceof AppError && (error.code === 'gitlab_refused' || error.code === 'not_found');

/** GitLab's 400 to a play: it does not let the job be played as it stands, which may pass. */
export const isUnplayable = (error: unknown): boolean =>
  isRefusal(error) && /\b400\b|unplayable/i.test(error.message);

/** GitLab gave no answer, 429 or 5xx: it may be asked again, with care. */
export class GitLabUnavailable extends AppError {
  readonly unanswered: Unanswered;
  /** It will hardly be otherwise soon: the name is unknown, the certificate is not trusted, another server answers. */
  readonly isLasting: boolean;
  /** The log has been told of the cause, once: each request that meets it is no news. */
  readonly isTold: boolean;

  constructor(message: string, unanswered: Unanswered, { isLasting = false, isTold = false } = {}) {
    super('gitlab_unavailable', message);
    this.unanswered = unanswered;
    this.isLasting = isLasting;
    this.isTold = isTold;
  }
}
