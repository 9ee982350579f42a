import { AppError } from '../../domain/error.ts';
import type { GitLab } from './gitlab.ts';

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

/** Asking again would bring the same answer: GitLab said no, has no such thing, or cannot be used as it is set up. */
export const isRefusal = (error: unknown): error is AppError =>
  error instanceof AppError && (error.code === 'gitlab_refused' || error.code === 'not_found');

/** GitLab's 400 to a play: it does not let the job be played as it stands, which may pass. */
export const isUnplayable = (error: unknown): boolean =>
  isRefusal(error) && /\b400\b|unplayable/i.test(error.message);

/**
 * The way to GitLab is set up wrongly: a redirect, a certificate that is not trusted, an address or a token that cannot be
 * sent. Nothing was done, and nothing will be until a person changes a setting, which the message names.
 */
export class GitLabUnusable extends AppError {
  constructor(message: string) {
    super('gitlab_refused', message);
  }
}

interface UnavailableOptions {
  readonly isUnresolved?: boolean;
  readonly isLogged?: boolean;
}

/** GitLab gave no answer of its own, or one that it will not give again: it may be asked again, with care. */
export class GitLabUnavailable extends AppError {
  readonly unanswered: Unanswered;
  /** The name of the host does not resolve, which is hardly otherwise soon. */
  readonly isUnresolved: boolean;
  /** The cause was logged once already: requests that fail for the same cause are not logged again. */
  readonly isLogged: boolean;

  constructor(
    message: string,
    unanswered: Unanswered,
    { isUnresolved = false, isLogged = false }: UnavailableOptions = {},
  ) {
    super('gitlab_unavailable', message);
    this.unanswered = unanswered;
    this.isUnresolved = isUnresolved;
    this.isLogged = isLogged;
  }
}

/** It will hardly pass by itself: while there is a pipeline, it is given the time that a refusal to show it has. */
export const isLasting = (error: unknown): boolean =>
  error instanceof GitLabUnusable || (error instanceof GitLabUnavailable && error.isUnresolved);

/** @throws GitLabUnavailable while GitLab's rate limit has no room for what can wait */
export async function mayAsk(gitlab: Pick<GitLab, 'pauseMs'>): Promise<void> {
  const waitMs = await gitlab.pauseMs();
  if (waitMs > 0)
    throw new GitLabUnavailable('GitLab limits our requests', { retryAfterMs: waitMs, inDoubtMs: null });
}

/** For how long GitLab wants no more requests; null when the error is another one. */
export const limitOf = (error: unknown): number | null =>
  error instanceof GitLabUnavailable ? error.unanswered.retryAfterMs : null;
