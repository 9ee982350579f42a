import type { Caller } from '../../domain/access/caller.ts';
import { matchesProject } from '../../domain/access/pattern.ts';
import type { Policy } from '../../domain/access/policy.ts';
import type { GitLabAccess, ServiceAccess } from '../ports/index.ts';
import type { StartRequest } from './authorize.ts';

/** Id and path of a project; null for one that the token may not see. @throws GitLabUnavailable */
export type NameProject = (
  access: GitLabAccess,
  project: string,
) => Promise<{ readonly id: string; readonly path: string } | null>;

/** Names the project of a request in the way in which the caller's rights name it. */
export type ResolveProject = (caller: Caller, asked: StartRequest) => Promise<StartRequest>;

interface Deps {
  readonly policy: Policy;
  readonly nameProject: NameProject;
  readonly service: ServiceAccess;
}

const isId = (project: string): boolean => /^\d+$/.test(project);

/**
 * A project has an id and a path, and rights name one of them: a request by the other one is authorized, and stored,
 * under the name in the rights. For a caller that may start pipelines anywhere GitLab is not asked.
 */
export const createResolveProject = ({ policy, nameProject, service }: Deps): ResolveProject =>
  async function resolveProject(caller, asked) {
    const { project, gitlabUrl } = asked.request;
    const patterns = patternsOf(caller, policy);
    if (patterns === null || !needsOtherName(project, patterns, caller)) return asked;
    // The service sends its own token to its own GitLab only.
    const own = gitlabUrl === service.gitlabUrl ? service.apiToken : null;
    const apiToken = asked.secrets.apiToken ?? own;
    if (apiToken === null) return asked;
    const names = await nameProject({ url: gitlabUrl, apiToken, triggerToken: null }, project);
    if (names === null) return asked;
    return { ...asked, request: { ...asked.request, project: isId(project) ? names.path : names.id } };
  };

/** Null for a caller that is not limited to projects. */
function patternsOf({ role, job, projects }: Caller, { rules }: Policy): readonly string[] | null {
  if (role === 'admin') return null;
  return job === undefined ? projects : rules.flatMap(({ to }) => to.projects);
}

function needsOtherName(project: string, patterns: readonly string[], { job }: Caller): boolean {
  // One rule may match the id by a star, and another one, the intended one, the path.
  const fits =
    job === undefined ? patterns.some((each) => matchesProject(project, each)) : patterns.includes(project);
  if (fits) return false;
  return isId(project) || (!patterns.some((each) => matchesProject(project, each)) && patterns.some(isId));
}
