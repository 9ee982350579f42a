import { z } from 'zod';
import type { Clock, GitLabAccess } from '../app/ports.ts';
import { createRateLimit } from './rate-limit.ts';
import { createRequester } from './requester.ts';

interface Deps {
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
}

const project = z.object({ id: z.coerce.number().int().positive() });

/**
 * The numeric id of the project at a path.
 * @throws AppError `not_found`, `gitlab_refused`, `gitlab_unavailable`; ZodError when the answer is not GitLab's
 */
export const projectFinder =
  ({ clock, fetch }: Deps) =>
  async ({ url, apiToken }: GitLabAccess, path: string): Promise<number> => {
    const rateLimit = createRateLimit();
    const requester = createRequester(`${url}/api/v4`, {
      fetch,
      clock,
      rateLimit,
      apiToken,
      timeoutMs: 10_000,
    });
    return project.parse((await requester.get(`projects/${encodeURIComponent(path)}`)).body).id;
  };
