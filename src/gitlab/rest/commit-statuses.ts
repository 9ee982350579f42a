import { z } from 'zod';
import type { GitLab } from '../../app/ports/index.ts';
import { everyPage } from './every-page.ts';
import { projectPath } from './project-path.ts';
import type { Requester } from './requester.ts';

/** GitLab tries for ten seconds to get the lock of a commit's statuses before it answers 409. */
const postTimeoutMs = 30_000;
/** Source: GitLab doc/api/commits.md */
const longestText = 255;

const required = z.array(
  z.object({ id: z.number(), status: z.string(), allow_failure: z.boolean().nullish() }),
);

const shown = z.array(z.object({ status: z.string(), target_url: z.string().nullish() }));

/**
 * Statuses of commits. The pipeline is always named, and the ref never: without a pipeline that fits GitLab makes one, and
 * the ref of a merge request's pipeline is not its branch.
 * Source: GitLab app/services/ci/create_commit_status_service.rb
 */
export const createCommitStatuses = (
  requester: Requester,
): Pick<GitLab, 'postCommitStatus' | 'commitStatuses' | 'hasFailedStatus'> => ({
  async postCommitStatus(project, { sha, pipelineId, name, state, targetUrl, description }) {
    const body = {
      state,
      name,
      pipeline_id: pipelineId,
      ...(targetUrl === null || targetUrl.length > longestText ? {} : { target_url: targetUrl }),
      ...(description === null ? {} : { description: description.slice(0, longestText) }),
    };
    await requester.post(`${projectPath(project)}/statuses/${sha}`, { body, timeoutMs: postTimeoutMs });
  },

  /** GitLab lists its own jobs among the statuses. */
  async hasFailedStatus(project, { sha, pipelineId }, jobs) {
    const path = `${projectPath(project)}/repository/commits/${sha}/statuses`;
    const statuses = required.parse(await everyPage(requester, path, { pipelineId }));
    const own = new Set<number>(jobs.map(({ id }) => id));
    return statuses.some(
      ({ id, status, allow_failure: mayFail }) => status === 'failed' && mayFail !== true && !own.has(id),
    );
  },

  async commitStatuses(project, { sha, name, pipelineId }) {
    const { body } = await requester.get(`${projectPath(project)}/repository/commits/${sha}/statuses`, {
      searchParams: { name, pipelineId, orderBy: 'id', sort: 'desc', perPage: 20 },
    });
    return shown
      .parse(body)
      .map(({ status, target_url }) => ({ state: status, targetUrl: target_url ?? null }));
  },
});
