import type { AllowedTo, ProtectedBranch } from '../scenario.ts';
import { protectedBranchesOf } from '../world/protected-refs.ts';
import type { Call, ApiRoute } from './call.ts';
import { lookUpProject } from './look-up.ts';
import { paginate } from './paginate.ts';
import { notFound } from './reply.ts';
import type { ApiReply } from './reply.ts';

/** Source: GitLab lib/api/protected_branches.rb, doc/api/protected_branches.md */
export const protectedBranchRoutes: readonly ApiRoute[] = [
  { method: 'get', path: '/projects/:id/protected_branches', answer: list },
  { method: 'get', path: '/projects/:id/protected_branches/:name', answer: show },
];

function list(call: Call): ApiReply {
  return paginate(call, protectedBranchesOf(lookUpProject(call, 'developer')), serialize);
}

function show(call: Call): ApiReply {
  const branches = protectedBranchesOf(lookUpProject(call, 'developer'));
  const found = branches.find(({ name }) => name === call.params['name']);
  if (found === undefined) throw notFound();
  return { status: 200, body: serialize(found) };
}

const levels: Readonly<Record<AllowedTo, { access_level: number; access_level_description: string }>> = {
  'no one': { access_level: 0, access_level_description: 'No one' },
  developer: { access_level: 30, access_level_description: 'Developers + Maintainers' },
  maintainer: { access_level: 40, access_level_description: 'Maintainers' },
  admin: { access_level: 60, access_level_description: 'Administrator' },
};

function serialize({ name, allowedToPush, allowedToMerge }: ProtectedBranch): Record<string, unknown> {
  return {
    id: 1,
    name,
    push_access_levels: [{ id: 1, ...levels[allowedToPush] }],
    merge_access_levels: [{ id: 1, ...levels[allowedToMerge] }],
    allow_force_push: false,
  };
}
