import type { Caller } from '../../domain/access/caller.ts';
import { matchesProject } from '../../domain/access/pattern.ts';
import type { Policy } from '../../domain/access/policy.ts';
import type { GitLabAccess, ProjectNames, ServiceAccess } from '../ports/index.ts';
import type { StartRequest } from './authorize.ts';

/** Id and path of a project; null for one that the token may not see. @throws GitLabUnavailable */
export type NameProject = (access: GitLabAccess, project: string) => Promise<ProjectNames | null>;

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
export function createResolveProject({ policy, nameProject, service }: Deps): ResolveProject {
  /** The other name of a project where the rights are about that one; else the name that was given. */
  async function resolve(
    project: string,
    caller: Caller,
    { request, secrets }: StartRequest,
  ): Promise<string> {
    const patterns = patternsOf(caller, policy);
    if (patterns === null || !needsOtherName(project, patterns, caller)) return project;
    // The service's own token is for its own GitLab only.
    const own = request.gitlabUrl === service.gitlabUrl ? service.apiToken : null;
    const apiToken = secrets.apiToken ?? own;
    if (apiToken === null) return project;
    const names = await nameProject({ url: request.gitlabUrl, apiToken, triggerToken: null }, project);
    if (names === null) return project;
    return isId(project) ? names.path : names.id;
  }

  return async function resolveProject(caller, asked) {
    const { request } = asked;
    const project = await resolve(request.project, caller, asked);
    // That of a CI job comes from its token.
    const { upstream } = request;
    if (request.report === undefined || upstream === null || caller.job !== undefined)
      return { ...asked, request: { ...request, project } };
    const upstreamProject = await resolve(upstream.project, caller, asked);
    return {
      ...asked,
      request: { ...request, project, upstream: { ...upstream, project: upstreamProject } },
    };
  };
}

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
