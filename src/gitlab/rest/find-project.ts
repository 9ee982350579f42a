import { z } from 'zod';
import type { NameProject } from '../../app/access/resolve-project.ts';
import type { Clock, GitLabAccess, ProjectNames } from '../../app/ports/index.ts';
import { AppError } from '../../domain/error.ts';
import type { ConnectDeps } from './connect.ts';
import { createConnect } from './connect.ts';

interface Deps {
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
}

const usualTimeoutMs = 10_000;

const project = z.object({ id: z.coerce.number().int().positive() });

/** @throws ZodError for an unexpected answer, of GitLab or a gateway */
export const parseProjectId = (body: unknown): number => project.parse(body).id;

/**
 * The numeric id of the project at a path.
 * @throws AppError `not_found`, `gitlab_refused`, `gitlab_unavailable`; ZodError when the answer is not GitLab's
 */
export function createProjectFinder(deps: Deps) {
  const connect = createConnect(deps, usualTimeoutMs);
  return async function findProject(access: GitLabAccess, path: string): Promise<number> {
    const { body } = await connect(access)
      .requester()
      .get(`projects/${encodeURIComponent(path)}`);
    return parseProjectId(body);
  };
}

const names = z
  .object({ id: z.coerce.number().int().positive(), path_with_namespace: z.string().min(1) })
  .transform(({ id, path_with_namespace: path }): ProjectNames => ({ id: String(id), path }));

/** @throws ZodError for an unexpected answer, of GitLab or a gateway */
export const parseProjectNames = (body: unknown): ProjectNames => names.parse(body);

/** Id and path of a project, as GitLab shows them to a token. */
export function createProjectNamer(deps: ConnectDeps): NameProject {
  const connect = createConnect(deps, usualTimeoutMs);
  return async function nameProject(access, project) {
    try {
      const { body } = await connect(access)
        .requester()
        .get(`projects/${encodeURIComponent(project)}`);
      return names.safeParse(body).data ?? null;
    } catch (error) {
      // A project that the token may not see keeps the given name.
      if (error instanceof AppError && ['not_found', 'gitlab_refused'].includes(error.code)) return null;
      throw error;
    }
  };
}
