import { serializeBranch, serializeCommitDetail } from '../serializers/repository.ts';
import { serializeProject } from '../serializers/project.ts';
import { commitOf } from '../world/project.ts';
import { isAtLeast } from '../world/roles.ts';
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
  return paginate(call, visible.reverse(), (project) => serializeProject(call, project));
}

function show(call: Call): ApiReply {
  return { status: 200, body: serializeProject(call, lookUpProject(call, 'guest')) };
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
