import type { HookId } from '../../domain/project-hooks/project-hook.ts';
import { AppError } from '../../domain/error.ts';
import { GitLabUnavailable } from '../ports/gitlab-unavailable.ts';
import type { CallQuota } from '../concurrency.ts';
import type { GitLabHooks } from '../ports/project-hooks.ts';

/** The result of GitLab's test. */
export interface TestResult {
  readonly outcome: 'passed' | 'failed' | 'not_tested';
  /** GitLab's words, or those of the receiver as GitLab gives them; null when it passed. */
  readonly words: string | null;
}

export type TestHook = (project: string, id: HookId) => Promise<TestResult>;

interface Deps {
  readonly gitlab: () => Pick<GitLabHooks, 'testHook'>;
  readonly quota: CallQuota;
}

const passed: TestResult = { outcome: 'passed', words: null };
const late = (ms: number): TestResult => ({
  outcome: 'not_tested',
  words: `GitLab tests the hooks of a project five times a minute; try again in ${Math.ceil(ms / 1000)} seconds`,
});

/**
 * Has GitLab deliver a sample. A project that never had a pipeline has no sample, which GitLab reports in the language
 * of the user: so after any refusal a push is tried, which needs only one commit.
 */
export const createTestHook = ({ gitlab, quota }: Deps): TestHook =>
  async function testHook(project, id) {
    const words: string[] = [];
    for (const event of ['pipeline_events', 'push_events'] as const) {
      const waitMs = quota(`test ${project}`);
      if (waitMs > 0) return late(waitMs);
      try {
        await gitlab().testHook(project, id, event);
        return passed;
      } catch (error) {
        if (error instanceof GitLabUnavailable && error.unanswered.retryAfterMs !== null)
          return late(error.unanswered.retryAfterMs);
        if (!(error instanceof AppError && error.code === 'gitlab_refused')) throw error;
        words.push(readable(error.message));
      }
    }
    return { outcome: 'failed', words: [...new Set(words)].join('; ') };
  };

/** GitLab quotes the receiver's answer: of a problem document the detail is enough. */
function readable(words: string): string {
  try {
    const { detail } = JSON.parse(words) as { readonly detail?: unknown };
    return typeof detail === 'string' ? `the receiver answers: ${detail}` : words;
  } catch {
    return words;
  }
}
