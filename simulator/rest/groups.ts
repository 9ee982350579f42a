import { serializeGroup, serializeProject } from '../serializers/project.ts';
import type { Call, ApiRoute } from './call.ts';
import { lookUpGroup, visibleProjects } from './look-up.ts';
import { paginate } from './paginate.ts';
import { flagOf, readFlag, textOf } from './read-pipeline-input.ts';
import type { ApiReply } from './reply.ts';

/** Groups, as far as they hold projects; their hooks are in hooks.ts. Source: GitLab doc/api/groups.md */
export const groupRoutes: readonly ApiRoute[] = [
  { method: 'get', path: '/groups', answer: list },
  { method: 'get', path: '/groups/:id', answer: show },
  { method: 'get', path: '/groups/:id/subgroups', answer: listSubgroups },
  { method: 'get', path: '/groups/:id/projects', answer: listProjects },
];

function list(call: Call): ApiReply {
  const { search } = call.input;
  const isTop = readFlag(call.input, 'top_level_only');
  const shown = call.world.groups
    .filter((group) => visibleProjects(call, group).length > 0)
    .filter(({ path }) => search === undefined || path.includes(textOf(search)))
    .filter(({ path }) => !isTop || !path.includes('/'));
  return paginate(call, shown, (group) => serializeGroup(call, group));
}

function show(call: Call): ApiReply {
  const { projects, ...group } = lookUpGroup(call);
  const own = projects.filter(({ scenario }) => isDirectlyIn(group.path, scenario.path));
  const withProjects = flagOf(call.input['with_projects']) !== false;
  const shown = withProjects ? { projects: own.map((project) => serializeProject(call, project)) } : {};
  return { status: 200, body: { ...serializeGroup(call, group), ...shown } };
}

function listSubgroups(call: Call): ApiReply {
  const { path } = lookUpGroup(call);
  const shown = call.world.groups.filter(
    (group) => isDirectlyIn(path, group.path) && visibleProjects(call, group).length > 0,
  );
  return paginate(call, shown, (group) => serializeGroup(call, group));
}

function listProjects(call: Call): ApiReply {
  const { path, projects } = lookUpGroup(call);
  const isDeep = readFlag(call.input, 'include_subgroups');
  const archived = flagOf(call.input['archived']);
  const shown = projects
    .filter(({ scenario }) => isDeep || isDirectlyIn(path, scenario.path))
    .filter(({ scenario }) => archived === undefined || scenario.archived === archived);
  return paginate(call, shown, (project) => serializeProject(call, project));
}

function isDirectlyIn(group: string, path: string): boolean {
  return path.startsWith(`${group}/`) && !path.slice(group.length + 1).includes('/');
}
