import type { AllowedTo, ProtectedBranch, Scenario } from '../scenario.ts';
import type { Project } from './project.ts';
import { isAtLeast, roleOf } from './roles.ts';

type Ref = { readonly ref: string; readonly tag: boolean };

/** The protected branches of a project, by the scenario or by GitLab's default. */
export function protectedBranchesOf({ scenario }: Project): readonly ProtectedBranch[] {
  const { defaultBranch: name, protectedBranches } = scenario;
  return protectedBranches ?? [{ name, allowedToPush: 'maintainer', allowedToMerge: 'maintainer' }];
}

/** The entry that protects a branch. */
export function protectionOf(project: Project, branch: string): ProtectedBranch | undefined {
  return protectedBranchesOf(project).find(({ name }) => matches(name, branch));
}

/** Whether a branch or tag is protected. */
export function isProtected(project: Project, { ref, tag }: Ref): boolean {
  return rightsOn(project, { ref, tag }) !== null;
}

/**
 * Whether a user may create, retry, cancel and play on a ref: a protected branch takes the right to push or to merge there,
 * a protected tag the right to create it. A user that the scenario does not name is not restricted.
 * Source: GitLab lib/gitlab/ci/pipeline/chain/validate/abilities.rb, lib/gitlab/user_access.rb
 */
export function mayRunOn({ users }: Scenario, project: Project, username: string, on: Ref): boolean {
  const rights = rightsOn(project, on);
  const user = users.find((each) => each.username === username);
  if (rights === null || user === undefined || user.admin) return true;
  const role = roleOf(user, project.scenario.path);
  return rights.some(
    (allowed) =>
      role !== undefined && (allowed === 'developer' || allowed === 'maintainer') && isAtLeast(role, allowed),
  );
}

/** Null: not protected. */
function rightsOn(project: Project, { ref, tag }: Ref): readonly AllowedTo[] | null {
  if (tag) {
    const entry = project.scenario.protectedTags.find(({ name }) => matches(name, ref));
    return entry === undefined ? null : [entry.allowedToCreate];
  }
  const entry = protectionOf(project, ref);
  return entry === undefined ? null : [entry.allowedToPush, entry.allowedToMerge];
}

function matches(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(name);
}
