import type { Examination } from '../../domain/project-hooks/examine.ts';
import { examine } from '../../domain/project-hooks/examine.ts';
import type { HookFinding } from '../../domain/project-hooks/finding.ts';
import { hookFinding, isSerious } from '../../domain/project-hooks/finding.ts';
import type { DesiredHook, ProjectHook } from '../../domain/project-hooks/project-hook.ts';
import { isRefusal } from '../ports/gitlab-unavailable.ts';
import type { GitLabHooks } from '../ports/project-hooks.ts';
import type { CredentialLog } from './credential-log.ts';

/** The hooks of a project, and the problems with them. */
export interface HookInspection extends Examination {
  readonly hooks: readonly ProjectHook[];
}

export interface HookReport extends HookInspection {
  readonly project: string;
}

/** @throws AppError as ProjectHooks does */
export type InspectHooks = (
  project: string,
  desired: DesiredHook,
  options?: { readonly alwaysGroups?: boolean },
) => Promise<HookInspection>;

/** The groups of a project, the nearest first. A numeric id names none. */
const groupsOf = (project: string): readonly string[] => {
  const parts = project.split('/').slice(0, -1);
  return parts.map((_, at) => parts.slice(0, parts.length - at).join('/'));
};

/** Reads the project's hooks, and those of its groups only where these could replace a wrong one. */
export const createInspectHooks = (
  gitlab: () => Pick<GitLabHooks, 'hooksOf' | 'hooksOfGroup'>,
  credentials: Pick<CredentialLog, 'lastOf'>,
): InspectHooks =>
  async function inspectHooks(project, desired, { alwaysGroups = false } = {}) {
    const hooks = await gitlab().hooksOf(project);
    const own = examine(hooks, [], desired);
    const isGood = !alwaysGroups && own.hook !== null && !own.findings.some(isSerious);
    const seen = isGood ? own : examine(hooks, await groupHooksOf(gitlab(), project), desired);
    const findings = [...seen.findings, ...secretFindings(seen, desired, credentials)];
    return { hooks, ...seen, findings };
  };

/** Weaknesses of the secret of a project's own hook, as its deliveries show. */
function secretFindings(
  { hook, isOfGroup }: Examination,
  { takesSecret }: DesiredHook,
  { lastOf }: Pick<CredentialLog, 'lastOf'>,
): readonly HookFinding[] {
  if (hook === null || hook.projectId === null || isOfGroup || !takesSecret) return [];
  const last = lastOf(hook.projectId);
  if (last?.kind === 'shared')
    return [
      hookFinding(
        'shared_secret',
        hook.id,
        'it sends no secret of its own: each success is confirmed by a GET',
      ),
    ];
  if (last?.kind === 'project' && !last.isCurrent)
    return [hookFinding('old_secret', hook.id, 'its secret is not derived from the first WEBHOOK_SECRET')];
  return [];
}

/** The hooks of all groups of a project, as far as they can be read. */
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
