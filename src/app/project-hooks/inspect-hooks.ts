import type { Examination } from '../../domain/project-hooks/examine.ts';
import { examine } from '../../domain/project-hooks/examine.ts';
import { isSerious } from '../../domain/project-hooks/finding.ts';
import type { DesiredHook, ProjectHook } from '../../domain/project-hooks/project-hook.ts';
import { isRefusal } from '../ports/gitlab-unavailable.ts';
import type { GitLabHooks } from '../ports/project-hooks.ts';

/** The hooks of a project, and what is wrong with them. */
export interface HookInspection extends Examination {
  readonly hooks: readonly ProjectHook[];
}

export interface HookReport extends HookInspection {
  readonly project: string;
}

/** @throws AppError as the hooks of GitLab do */
export type InspectHooks = (
  project: string,
  desired: DesiredHook,
  options?: { readonly alwaysGroups?: boolean },
) => Promise<HookInspection>;

/** The groups that a project lies in, the nearest first. A numeric id names none. */
const groupsOf = (project: string): readonly string[] => {
  const parts = project.split('/').slice(0, -1);
  return parts.map((_, at) => parts.slice(0, parts.length - at).join('/'));
};

/** Reads the project's hooks; those of its groups only where they could make up for what is wrong with its own. */
export const createInspectHooks =
  (gitlab: () => Pick<GitLabHooks, 'hooksOf' | 'hooksOfGroup'>): InspectHooks =>
  async (project, desired, { alwaysGroups = false } = {}) => {
    const hooks = await gitlab().hooksOf(project);
    const own = examine(hooks, [], desired);
    if (!alwaysGroups && own.hook !== null && !own.findings.some(isSerious)) return { hooks, ...own };
    return { hooks, ...examine(hooks, await groupHooksOf(gitlab(), project), desired) };
  };

/** The hooks of all groups that a project lies in, as far as they can be read. */
export const groupHooksOf = async (
  gitlab: Pick<GitLabHooks, 'hooksOfGroup'>,
  project: string,
): Promise<readonly ProjectHook[]> =>
  (await Promise.all(groupsOf(project).map((group) => readable(gitlab, group)))).flat();

/** Most tokens may not see hooks of groups, and most GitLabs have none. */
async function readable(
  gitlab: Pick<GitLabHooks, 'hooksOfGroup'>,
  group: string,
): Promise<readonly ProjectHook[]> {
  try {
    return await gitlab.hooksOfGroup(group);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return [];
  }
}
