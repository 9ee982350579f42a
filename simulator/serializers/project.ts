import type { Group } from '../world/groups.ts';
import type { Project } from '../world/project.ts';
import type { User } from '../scenario.ts';
import type { MemberRole } from '../world/roles.ts';
import { roleOf } from '../world/roles.ts';
import type { Site } from './pipeline.ts';

type Names = { readonly name: string; readonly slug: string; readonly namespacePath: string };

/** The parts of a project's path and what pages call them. */
export function namesOf({ scenario }: Project): Names {
  const slash = scenario.path.lastIndexOf('/');
  const slug = scenario.path.slice(slash + 1);
  return { name: scenario.name ?? slug, slug, namespacePath: scenario.path.slice(0, slash) };
}

/** A project as the API shows it. */
export function serializeProject({ world, baseUrl }: Site, project: Project): Record<string, unknown> {
  const { id, path, description, defaultBranch, archived } = project.scenario;
  const { name, slug, namespacePath } = namesOf(project);
  return {
    id,
    description,
    name,
    name_with_namespace: `${namespacePath.split('/').join(' / ')} / ${name}`,
    path: slug,
    path_with_namespace: path,
    created_at: '2026-01-01T00:00:00.000Z',
    default_branch: defaultBranch,
    tag_list: [],
    topics: [],
    ssh_url_to_repo: `git@simulator:${path}.git`,
    http_url_to_repo: `${baseUrl}/${path}.git`,
    web_url: `${baseUrl}/${path}`,
    readme_url: null,
    avatar_url: null,
    visibility: 'private',
    archived,
    jobs_enabled: true,
    namespace: {
      id: groupIdOf(world, namespacePath),
      name: lastOf(namespacePath),
      path: lastOf(namespacePath),
      kind: 'group',
      full_path: namespacePath,
      parent_id: groupIdOf(world, parentOf(namespacePath)),
      web_url: `${baseUrl}/groups/${namespacePath}`,
    },
  };
}

/** The caller's roles in a project, as the API shows them beside it: its own, and that of the groups above. */
export function serializePermissions(user: User, { scenario: { path } }: Project): Record<string, unknown> {
  const accessOf = (role: MemberRole | undefined) =>
    role === undefined ? null : { access_level: accessLevels.get(role), notification_level: 3 };
  const own = user.roles[path];
  const inherited = roleOf({ ...user, admin: false }, parentOf(path));
  return { permissions: { project_access: accessOf(own), group_access: accessOf(inherited) } };
}

/** Source: https://docs.gitlab.com/api/members/#roles */
const accessLevels: ReadonlyMap<MemberRole, number> = new Map([
  ['guest', 10],
  ['reporter', 20],
  ['developer', 30],
  ['maintainer', 40],
  ['owner', 50],
]);

/** A group as the API shows it. */
export function serializeGroup({ world, baseUrl }: Site, { id, path }: Group): Record<string, unknown> {
  return {
    id,
    web_url: `${baseUrl}/groups/${path}`,
    name: lastOf(path),
    path: lastOf(path),
    description: '',
    visibility: 'private',
    avatar_url: null,
    full_name: path.split('/').join(' / '),
    full_path: path,
    parent_id: groupIdOf(world, parentOf(path)),
    created_at: '2026-01-01T00:00:00.000Z',
  };
}

/** The number of a group; null when there is no such group. */
export function groupIdOf({ groups }: Site['world'], path: string): number | null {
  return groups.find((group) => group.path === path)?.id ?? null;
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** A project as hooks show it. */
export function serializeHookProject({ baseUrl }: Site, project: Project): Record<string, unknown> {
  const { id, path, description, defaultBranch } = project.scenario;
  const { name, namespacePath } = namesOf(project);
  return {
    id,
    name,
    description,
    web_url: `${baseUrl}/${path}`,
    avatar_url: null,
    git_ssh_url: `git@simulator:${path}.git`,
    git_http_url: `${baseUrl}/${path}.git`,
    namespace: namespacePath,
    visibility_level: 0,
    path_with_namespace: path,
    default_branch: defaultBranch,
    ci_config_path: null,
  };
}
