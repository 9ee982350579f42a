import { messageOf } from '../../domain/error.ts';
import type { Report } from '../../domain/trigger/report.ts';
import { GitLabRefusal, GitLabUnavailable, isLasting, isRefusal } from '../ports/gitlab-unavailable.ts';

/**
 * For how long a refusal is tried again: a role may be given, a replica of GitLab's database catch up, a lock be released.
 * What is not here does not pass by itself.
 */
const passesWithinMs: Readonly<Record<number, number>> = {
  400: 30_000,
  401: 600_000,
  403: 600_000,
  404: 60_000,
  409: 600_000,
};

/** Between two tries of what GitLab has refused; each is twice as long as the one before, up to a minute. */
const pauseMs = 1_000;

/** What follows from a call for a report that did not succeed. */
export interface FailedCall<R extends Report> {
  readonly report: R;
  /** GitLab refused it for good: nothing is tried again. */
  readonly isFinal: boolean;
  /** To be thrown, so that it is tried again; null where it is final. */
  readonly error: unknown;
}

/** @param error what the call threw; one that is none of GitLab's is given back as it came */
export function settleRefusal<R extends Report>(report: R, error: unknown, at: number): FailedCall<R> {
  const noted = { ...report, detail: messageOf(error), updatedAt: at };
  if (!isRefusal(error) || isLasting(error)) return { report: noted, isFinal: false, error };
  const status = error instanceof GitLabRefusal ? error.status : 0;
  const since = report.refusedSince ?? at;
  if (at - since >= (passesWithinMs[status] ?? 0))
    return { report: { ...noted, refusedSince: null }, isFinal: true, error: null };
  const later = new GitLabUnavailable(error.message, { retryAfterMs: pauseMs, inDoubtMs: null });
  return { report: { ...noted, refusedSince: since }, isFinal: false, error: later };
}

/**
 * Until when GitLab may still carry out a request that went wrong; null: it did not and will not.
 * @param error what the request itself threw
 */
export const inDoubtAfter = (error: unknown, at: number): number | null =>
  error instanceof GitLabUnavailable && error.unanswered.inDoubtMs !== null
    ? at + error.unanswered.inDoubtMs
    : null;
