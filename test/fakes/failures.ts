import { GitLabRefusal, GitLabUnavailable, GitLabUnusable } from '../../src/app/ports/gitlab-unavailable.ts';
import { AppError } from '../../src/domain/error.ts';

/** What the client makes of the trouble that a request can meet. Source: src/gitlab/rest/requester.ts */
export const connectionReset = (): GitLabUnavailable =>
  new GitLabUnavailable('GitLab cannot be reached (ECONNRESET)', { retryAfterMs: null, inDoubtMs: 5_000 });

export const noAnswer = (): GitLabUnavailable =>
  new GitLabUnavailable('no answer in time', { retryAfterMs: null, inDoubtMs: 60_000 });

export const badGateway = (): GitLabUnavailable =>
  new GitLabUnavailable('GitLab answers 502', { retryAfterMs: null, inDoubtMs: 1_000 });

/** A read that fails leaves nothing inDoubt. */
export const unreadable = (): GitLabUnavailable =>
  new GitLabUnavailable('GitLab answers 502', { retryAfterMs: null, inDoubtMs: null });

export const unreachable = (): GitLabUnavailable =>
  new GitLabUnavailable('GitLab cannot be reached (ECONNREFUSED)', { retryAfterMs: null, inDoubtMs: null });

export const tooManyRequests = (retryAfterMs: number): GitLabUnavailable =>
  new GitLabUnavailable('GitLab answers 429', { retryAfterMs, inDoubtMs: null });

/** The name of the host is none. */
export const unresolved = (): GitLabUnavailable =>
  new GitLabUnavailable(
    'GitLab cannot be reached (ENOTFOUND)',
    { retryAfterMs: null, inDoubtMs: null },
    { isUnresolved: true },
  );

/** GitLab's address leads elsewhere. */
export const redirected = (): GitLabUnusable =>
  new GitLabUnusable("GitLab's address redirects to https://elsewhere.test/ (301)");

export const tooManyPipelines = (): GitLabUnavailable =>
  new GitLabUnavailable('Too many pipelines created in the last minute. Try again later.', {
    retryAfterMs: 60_000,
    inDoubtMs: null,
  });

/** The status is the number that the words begin with. */
export const refusal = (message: string): AppError =>
  new GitLabRefusal(Number.parseInt(message, 10) || 400, message);

export const gone = (message = '404 Not found'): AppError => new AppError('not_found', message);

export const storageUnavailable = (): AppError =>
  new AppError('storage_unavailable', 'the database cannot be used');
