import { z } from 'zod';
import { developer, maintainer } from '../domain/access/gitlab-role.ts';
import type { ProjectRights, TokenAccount } from '../domain/token-rights.ts';
import { askGitLab } from './ask-gitlab.ts';

/** So many projects are looked at, those with the latest activity. */
const mostProjects = 20;

/** Source: https://docs.gitlab.com/api/personal_access_tokens/, `GET /personal_access_tokens/self` */
const tokenSchema = z.object({
  name: z.string().nullish(),
  scopes: z.array(z.string()),
  expires_at: z.string().nullish(),
});
/** Source: https://docs.gitlab.com/api/users/, `GET /user`; `is_admin` is shown to administrators alone. */
const userSchema = z.object({
  id: z.number(),
  username: z.string(),
  bot: z.boolean().nullish(),
  is_admin: z.boolean().nullish(),
});
const accessSchema = z.object({ access_level: z.number() }).nullish();
/** Source: https://docs.gitlab.com/api/projects/, `GET /projects` */
const projectSchema = z.object({
  id: z.number(),
  path_with_namespace: z.string(),
  default_branch: z.string().nullish(),
  permissions: z.object({ project_access: accessSchema, group_access: accessSchema }).nullish(),
});
/** Source: https://docs.gitlab.com/api/protected_branches/ */
const levelSchema = z.object({
  access_level: z.number().nullish(),
  user_id: z.number().nullish(),
  group_id: z.number().nullish(),
});
const protectedSchema = z.object({
  name: z.string(),
  push_access_levels: z.array(levelSchema).default([]),
  merge_access_levels: z.array(levelSchema).default([]),
});

type Protection = z.infer<typeof protectedSchema>;

interface Member {
  readonly userId: number;
  readonly role: number;
}

/** Who the token is, and what it may do where it is a member; null where GitLab does not answer as it should. */
export async function readAccount({
  gitlabUrl,
  gitlabToken,
}: {
  readonly gitlabUrl: string;
  readonly gitlabToken: string;
}): Promise<TokenAccount | null> {
  async function read<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
    const { status, body } = await askGitLab(`${gitlabUrl}/api/v4${path}`, gitlabToken).catch(() => ({
      status: 0,
      body: null,
    }));
    return status === 200 ? (schema.safeParse(body).data ?? null) : null;
  }

  const token = await read('/personal_access_tokens/self', tokenSchema);
  const user = token === null ? null : await read('/user', userSchema);
  const list = `/projects?membership=true&order_by=last_activity_at&per_page=${mostProjects}`;
  const projects = user === null ? null : await read(list, z.array(projectSchema));
  if (token === null || user === null || projects === null) return null;

  async function rightsIn(project: z.infer<typeof projectSchema>): Promise<ProjectRights> {
    const { project_access: own, group_access: inherited } = project.permissions ?? {};
    const isAdmin = user?.is_admin === true;
    const role = Math.max(own?.access_level ?? 0, inherited?.access_level ?? 0);
    const branch = project.default_branch ?? null;
    const member = { userId: user?.id ?? 0, role };
    const protections = await read(
      `/projects/${project.id}/protected_branches?per_page=100`,
      z.array(protectedSchema),
    );
    return {
      path: project.path_with_namespace,
      role,
      defaultBranch: branch,
      mayRun: isAdmin ? true : mayRunOn(branch, protections, member),
      mayManageHooks: isAdmin || role >= maintainer,
    };
  }

  return {
    username: user.username,
    isBot: user.bot === true,
    isAdmin: user.is_admin === true,
    tokenName: token.name ?? null,
    scopes: token.scopes,
    expiresOn: token.expires_at ?? null,
    projects: await Promise.all(
      projects.filter(({ permissions }) => permissions != null || user.is_admin === true).map(rightsIn),
    ),
  };
}

/**
 * Whether a member may run pipelines on a branch: one that is protected takes the right to push or to merge there.
 * Source: GitLab lib/gitlab/ci/pipeline/chain/validate/abilities.rb, lib/gitlab/user_access.rb
 */
function mayRunOn(
  branch: string | null,
  protections: readonly Protection[] | null,
  { userId, role }: Member,
): boolean | null {
  if (role < developer) return false;
  if (branch === null || protections === null) return null;
  const levels = protections
    .filter(({ name }) => fits(name, branch))
    .flatMap(({ push_access_levels: push, merge_access_levels: merge }) => [...push, ...merge]);
  if (!protections.some(({ name }) => fits(name, branch))) return true;
  const allows = ({ user_id: user, group_id: group, access_level: level }: z.infer<typeof levelSchema>) =>
    user == null && group == null ? level != null && level > 0 && role >= level : user === userId;
  if (levels.some(allows)) return true;
  // A group that the user may belong to.
  return levels.some(({ group_id: group }) => group != null) ? null : false;
}

/** Whether the name of a protected branch, which may contain `*`, fits a branch. */
function fits(pattern: string, branch: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(branch);
}
