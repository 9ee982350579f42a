import { serializeBranch, serializeCommitDetail } from '../serializers/repository.ts';
import { serializePermissions, serializeProject } from '../serializers/project.ts';
import { commitOf } from '../world/project.ts';
import type { Project } from '../world/project.ts';
import { isAtLeast, roleOf } from '../world/roles.ts';
import { roleIn } from './authenticate.ts';
import type { Call, ApiRoute } from './call.ts';
import { lookUpProject } from './look-up.ts';
import { paginate } from './paginate.ts';
import { notFound } from './reply.ts';
import type { ApiReply } from './reply.ts';

/** Projects and their repositories. */
export const projectRoutes: readonly ApiRoute[] = [
  { method: 'get', path: '/projects', answer: list },
  { method: 'get', path: '/projects/:id', answer: show },
  { method: 'get', path: '/projects/:id/repository/commits/:sha', answer: showCommit },
  { method: 'get', path: '/projects/:id/repository/branches', answer: listBranches },
  { method: 'get', path: '/projects/:id/repository/branches/:branch', answer: showBranch },
];

function list(call: Call): ApiReply {
  const visible = [...call.world.projects.values()].filter((project) => {
    const role = roleIn(call.caller, call.world, project);
    return role !== undefined && isAtLeast(role, 'guest');
  });
  return paginate(call, visible.filter((project) => isMember(call, project)).reverse(), (project) =>
    shown(call, project),
  );
}

function show(call: Call): ApiReply {
  return { status: 200, body: shown(call, lookUpProject(call, 'guest')) };
}

/** With the roles of the caller, where a user asks. */
function shown(call: Call, project: Project): Record<string, unknown> {
  const { caller } = call;
  const permissions = caller.kind === 'user' ? serializePermissions(caller.user, project) : {};
  return { ...serializeProject(call, project), ...permissions };
}

/** Whether the caller is a member, where the query asks for that: administrators see what they are no member of. */
function isMember({ caller, input }: Call, { scenario }: Project): boolean {
  if (input['membership'] !== 'true' || caller.kind !== 'user') return true;
  return roleOf({ ...caller.user, admin: false }, scenario.path) !== undefined;
}

function showCommit(call: Call): ApiReply {
  const project = lookUpProject(call);
  const commit = commitOf(project, call.params['sha'] ?? '');
  if (commit === undefined) throw notFound('Commit');
  return { status: 200, body: serializeCommitDetail(call, project, commit) };
}

function listBranches(call: Call): ApiReply {
  const project = lookUpProject(call);
  return paginate(call, [...project.branches], ([name, commit]) =>
    serializeBranch(call, project, name, commit),
  );
}

function showBranch(call: Call): ApiReply {
  const project = lookUpProject(call);
  const name = call.params['branch'] ?? '';
  const commit = project.branches.get(name);
  if (commit === undefined) throw notFound('Branch');
  return { status: 200, body: serializeBranch(call, project, name, commit) };
}
