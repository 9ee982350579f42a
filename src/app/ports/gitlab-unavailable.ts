import { AppError } from '../../domain/error.ts';
import type { GitLab } from './gitlab.ts';

/** GitLab understood a request and said no, or has no such thing. */
export class GitLabRefusal extends AppError {
  /** Of its answer. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(status === 404 ? 'not_found' : 'gitlab_refused', message);
    this.status = status;
  }
}

/** What is known of a request without a proper answer. */
export interface Unanswered {
  /** How long to wait before the next request, as GitLab asked; null when it did not ask. */
  readonly retryAfterMs: number | null;
  /**
   * For how long after it was sent the request may still be carried out by GitLab unseen;
   * null when GitLab certainly did not and will not carry it out.
   */
  readonly inDoubtMs: number | null;
}

/** How long GitLab may continue with a request whose connection is closed: its own limit is a minute. */
export const requestLifeMs = 60_000;

/** A repetition gets the same answer: GitLab refuses, has no such thing, or cannot be used as it is set up. */
export const isRefusal = (error: unknown): error is AppError =>
  error instanceof AppError && (error.code === 'gitlab_refused' || error.code === 'not_found');

/** GitLab's 400 to a play: the job cannot be played in its present state, which may change. */
export const isUnplayable = (error: unknown): boolean =>
  isRefusal(error) && /\b400\b|unplayable/i.test(error.message);

/**
 * The access to GitLab is set up wrongly: a redirect, a certificate that is not trusted, an address or a token that
 * cannot be sent. Every request fails until a person changes a setting, which the message names.
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

/** GitLab gave no answer of its own, or a temporary one: the request may be repeated, with care. */
export class GitLabUnavailable extends AppError {
  readonly unanswered: Unanswered;
  /** The name of the host does not resolve, which will hardly change soon. */
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

/** Whether a failure will hardly pass by itself: while there is a pipeline, it gets the same time as a refusal. */
export const isLasting = (error: unknown): boolean =>
  error instanceof GitLabUnusable || (error instanceof GitLabUnavailable && error.isUnresolved);

/** @throws GitLabUnavailable while GitLab's rate limit has no room for requests that can wait */
export async function mayAsk(gitlab: Pick<GitLab, 'pauseMs'>): Promise<void> {
  const waitMs = await gitlab.pauseMs();
  if (waitMs > 0)
    throw new GitLabUnavailable('GitLab limits our requests', { retryAfterMs: waitMs, inDoubtMs: null });
}

/** For how long GitLab's rate limit allows no more requests; null for another error. */
export const limitOf = (error: unknown): number | null =>
  error instanceof GitLabUnavailable ? error.unanswered.retryAfterMs : null;
