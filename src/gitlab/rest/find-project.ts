import { z } from 'zod';
import type { Clock, GitLabAccess } from '../../app/ports/index.ts';
import { createConnect } from './connect.ts';

interface Deps {
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
}

const usualTimeoutMs = 10_000;

const project = z.object({ id: z.coerce.number().int().positive() });

/** @throws ZodError when GitLab, or somebody in between, answered something else */
export const parseProjectId = (body: unknown): number => project.parse(body).id;

/**
 * The numeric id of the project at a path.
 * @throws AppError `not_found`, `gitlab_refused`, `gitlab_unavailable`; ZodError when the answer is not GitLab's
 */
export function createProjectFinder(deps: Deps) {
  const connect = createConnect(deps, usualTimeoutMs);
  return async (access: GitLabAccess, path: string): Promise<number> => {
    const { body } = await connect(access)
      .requester()
      .get(`projects/${encodeURIComponent(path)}`);
    return parseProjectId(body);
  };
}
