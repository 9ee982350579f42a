import type { Caller } from '../../domain/access/caller.ts';
import { matchesProject } from '../../domain/access/pattern.ts';
import type { Policy } from '../../domain/access/policy.ts';
import type { GitLabAccess, ServiceAccess } from '../ports/index.ts';
import type { StartRequest } from './authorize.ts';

/** Both names of a project; null for one that the token does not see. @throws GitLabUnavailable */
export type NameProject = (
  access: GitLabAccess,
  project: string,
) => Promise<{ readonly id: string; readonly path: string } | null>;

/** Gives the project of a request the name that the caller's rights are about. */
export type ResolveProject = (caller: Caller, asked: StartRequest) => Promise<StartRequest>;

interface Deps {
  readonly policy: Policy;
  readonly nameProject: NameProject;
  readonly service: ServiceAccess;
}

const isId = (project: string): boolean => /^\d+$/.test(project);

/**
 * A project has two names, an id and a path, and rights are about one of them: a request by the other one is judged, and
 * stored, by the name that they know. Who may start pipelines anywhere causes no request to GitLab.
 */
export const createResolveProject = ({ policy, nameProject, service }: Deps): ResolveProject =>
  async function resolveProject(caller, asked) {
    const { project, gitlabUrl } = asked.request;
    const patterns = patternsOf(caller, policy);
    if (patterns === null || !needsOtherName(project, patterns, caller)) return asked;
    // The service's own token is for its own GitLab only.
    const own = gitlabUrl === service.gitlabUrl ? service.apiToken : null;
    const apiToken = asked.secrets.apiToken ?? own;
    if (apiToken === null) return asked;
    const names = await nameProject({ url: gitlabUrl, apiToken, triggerToken: null }, project);
    if (names === null) return asked;
    return { ...asked, request: { ...asked.request, project: isId(project) ? names.path : names.id } };
  };

/** Null for a caller who is kept to no project. */
function patternsOf({ role, job, projects }: Caller, { rules }: Policy): readonly string[] | null {
  if (role === 'admin') return null;
  return job === undefined ? projects : rules.flatMap(({ to }) => to.projects);
}

function needsOtherName(project: string, patterns: readonly string[], { job }: Caller): boolean {
  // Of rules one may fit the id by a star, and another one, which is meant, its path.
  const fits =
    job === undefined ? patterns.some((each) => matchesProject(project, each)) : patterns.includes(project);
  if (fits) return false;
  return isId(project) || (!patterns.some((each) => matchesProject(project, each)) && patterns.some(isId));
}
