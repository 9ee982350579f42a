import { hooksOf, hooksOfGroup } from '../hooks/hook-registry.ts';
import type { HookOwner } from '../hooks/hook-registry.ts';
import type { Hook } from '../hooks/hook.ts';
import type { Project } from '../world/project.ts';
import { roleIn } from './authenticate.ts';
import type { Call } from './call.ts';
import { lookUpGroup, lookUpProject } from './look-up.ts';
import { notFound, refuse } from './reply.ts';

/** Whose hooks a call is about: those of a project, or those of a group. */
export type OwnerOfHooks = {
  readonly kind: 'project' | 'group';
  readonly owner: HookOwner;
  readonly hooks: readonly Hook[];
  /** How many hooks it may have. */
  readonly most: number;
  /** What the sample of a test is made of. */
  readonly sampleProject: Project | undefined;
};

type LookUp = (call: Call) => OwnerOfHooks;

/** Below which address hooks are, and whose they are there. */
export const hookAddresses: readonly { readonly base: string; readonly lookUp: LookUp }[] = [
  { base: '/projects/:id/hooks', lookUp: lookUpProjectHooks },
  { base: '/groups/:id/hooks', lookUp: lookUpGroupHooks },
];

function lookUpProjectHooks(call: Call): OwnerOfHooks {
  const project = lookUpProject(call, 'maintainer');
  const { id } = project.scenario;
  return {
    kind: 'project',
    owner: { projectId: id, groupPath: null },
    hooks: hooksOf(call.hooks, id),
    most: call.world.scenario.mostHooks.project,
    sampleProject: project,
  };
}

/** For owners, in Premium. */
function lookUpGroupHooks(call: Call): OwnerOfHooks {
  const { path, projects } = lookUpGroup(call);
  if (call.world.scenario.groupHooks === null) throw notFound();
  const isOwner = projects.every((project) => roleIn(call.caller, call.world, project) === 'owner');
  if (!isOwner) throw refuse(403, '403 Forbidden');
  return {
    kind: 'group',
    owner: { projectId: null, groupPath: path },
    hooks: hooksOfGroup(call.hooks, path),
    most: call.world.scenario.mostHooks.group,
    sampleProject: projects.find(({ branches }) => branches.size > 0),
  };
}

/** The hook that `:hook_id` names. @throws Refusal 404, 403 */
export function lookUpHook(call: Call, lookUp: LookUp): OwnerOfHooks & { readonly hook: Hook } {
  const found = lookUp(call);
  const hook = found.hooks.find(({ id }) => id === Number(call.params['hook_id']));
  if (hook === undefined) throw notFound();
  return { ...found, hook };
}

export type { LookUp as LookUpHooks };
