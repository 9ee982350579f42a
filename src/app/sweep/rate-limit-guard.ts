import type { GitLab } from '../ports/index.ts';
import { GitLabUnavailable } from '../ports/gitlab-unavailable.ts';

/** @throws GitLabUnavailable while GitLab's rate limit has no room for what can wait */
export async function mayAsk(gitlab: Pick<GitLab, 'pauseMs'>): Promise<void> {
  const waitMs = await gitlab.pauseMs();
  if (waitMs > 0)
    throw new GitLabUnavailable('GitLab limits our requests', { retryAfterMs: waitMs, inDoubtMs: null });
}

/** For how long GitLab wants no more requests; null when the error is another one. */
export const limitOf = (error: unknown): number | null =>
  error instanceof GitLabUnavailable ? error.unanswered.retryAfterMs : null;
