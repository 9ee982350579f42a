import { z } from 'zod';
import { GitLabRefusal } from '../../app/ports/gitlab-unavailable.ts';
import type { GitLabAccess, PeopleReader } from '../../app/ports/index.ts';
import { AppError } from '../../domain/error.ts';
import type { ConnectDeps } from './connect.ts';
import { createConnect } from './connect.ts';
import { projectPath } from './project-path.ts';

/** A page waits for it. */
const usualTimeoutMs = 5_000;

/** Source: GitLab doc/api/users.md; a name is shown, so it has the form of one. */
const user = z.object({
  id: z.number().int().positive(),
  username: z.string().regex(/^[\w.-]{1,255}$/),
  state: z.string(),
});

/** Source: GitLab doc/api/project_members.md */
const member = z.object({
  id: z.number().int().positive(),
  state: z.string(),
  access_level: z.number().int().min(0),
  membership_state: z.string().optional(),
});

/** The token sees nothing there: then nothing of it is shown. */
const noneSuch: ReadonlySet<number> = new Set([403, 404]);

/** GitLab's users and their roles, read with the service's token. */
export function createPeopleReader(deps: ConnectDeps, access: GitLabAccess): PeopleReader {
  const connect = createConnect(deps, usualTimeoutMs);

  /** Null where GitLab says that there is no such thing. */
  async function read<Shape extends { readonly id: number }>(
    endpoint: string,
    shape: z.ZodType<Shape>,
    userId: number,
  ): Promise<Shape | null> {
    try {
      const { data } = shape.safeParse((await connect(access).requester().get(endpoint)).body);
      if (data?.id === userId) return data;
    } catch (error) {
      if (error instanceof GitLabRefusal && noneSuch.has(error.status)) return null;
      throw error;
    }
    throw new AppError('gitlab_unavailable', 'GitLab answers something else than what it was asked for');
  }

  return {
    async readUser(userId) {
      const found = await read(`users/${userId}`, user, userId);
      return found && { userId, username: found.username, isActive: found.state === 'active' };
    },
    async readLevel(userId, project) {
      const found = await read(`${projectPath(project)}/members/all/${userId}`, member, userId);
      if (found?.state !== 'active' || (found.membership_state ?? 'active') !== 'active') return 0;
      return found.access_level;
    },
  };
}
