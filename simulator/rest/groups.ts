import { hooksOfGroup } from '../hooks/hook-registry.ts';
import { serializeProject } from '../serializers/project.ts';
import type { Project } from '../world/project.ts';
import { isAtLeast, roleIn } from './authenticate.ts';
import type { Call, ApiRoute } from './call.ts';
import { serializeHook } from './hooks.ts';
import { paginate } from './paginate.ts';
import { readFlag } from './read-pipeline-input.ts';
import { notFound, refuse } from './reply.ts';
import type { ApiReply } from './reply.ts';

/** Groups, as far as they hold projects and hooks. Source: GitLab doc/api/groups.md, doc/api/group_webhooks.md */
export const groupRoutes: readonly ApiRoute[] = [
  { method: 'get', path: '/groups/:id/projects', answer: listProjects },
  { method: 'get', path: '/groups/:id/hooks', answer: listHooks },
];

function listProjects(call: Call): ApiReply {
  const { path, projects } = lookUpGroup(call);
  const { include_subgroups: below, archived } = call.input;
  const shown = projects
    .filter(({ scenario }) => readFlag(below) || !scenario.path.slice(path.length + 1).includes('/'))
    .filter(({ scenario }) => archived === undefined || scenario.archived === readFlag(archived));
  return paginate(call, shown, (project) => serializeProject(call, project));
}

/** For owners, in Premium. */
function listHooks(call: Call): ApiReply {
  const { path, projects } = lookUpGroup(call);
  if (call.world.scenario.groupHooks === null) throw notFound();
  const isOwner = projects.every((project) => roleIn(call.caller, call.world, project) === 'owner');
  if (!isOwner) throw refuse(403, '403 Forbidden');
  return paginate(call, hooksOfGroup(call.hooks, path), (hook) => serializeHook(call, hook));
}

/** A group is there for who sees a project in it. @throws Refusal 404 */
function lookUpGroup(call: Call): { readonly path: string; readonly projects: readonly Project[] } {
  const path = (call.params['id'] ?? '').toLowerCase();
  const projects = [...call.world.projects.values()].filter((project) => {
    const role = roleIn(call.caller, call.world, project);
    const isInside = project.scenario.path.toLowerCase().startsWith(`${path}/`);
    return isInside && role !== undefined && isAtLeast(role, 'guest');
  });
  if (projects.length === 0) throw notFound('Group');
  return { path, projects };
}
