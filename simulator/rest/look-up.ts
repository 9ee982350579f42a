import type { CiPipeline } from '../engine/model.ts';
import { findJob, findProject, isMoved } from '../world/find.ts';
import type { FoundJob } from '../world/find.ts';
import type { Group } from '../world/groups.ts';
import type { Project } from '../world/project.ts';
import { mayRunOn } from '../world/protected-refs.ts';
import { isAtLeast } from '../world/roles.ts';
import type { MemberRole } from '../world/roles.ts';
import { roleIn, userNameOf } from './authenticate.ts';
import type { Call } from './call.ts';
import { notFound, Refusal, refuse } from './reply.ts';

/**
 * The project that `:id` names.
 * @throws Refusal 404 when there is none or the caller may not know of it, 403 when the role is too small
 */
export function lookUpProject(call: Call, wanted: MemberRole = 'reporter'): Project {
  const id = call.params['id'] ?? '';
  const project = findProject(call.world, id);
  const role = project === undefined ? undefined : roleIn(call.caller, call.world, project);
  if (project === undefined || role === undefined) throw notFound('Project');
  if (isMoved(project, id)) throw redirect(call, project);
  if (!isAtLeast(role, wanted)) throw refuse(403, '403 Forbidden');
  return project;
}

/** What a former path of a project leads to: its number, and that only for reading. Source: GitLab lib/api/helpers.rb */
function redirect({ method, url, baseUrl }: Call, project: Project): Refusal {
  if (method !== 'GET') return refuse(405, 'Non GET methods are not allowed for moved projects');
  const path = url.replace(/\/projects\/[^/?]+/, `/projects/${project.scenario.id}`);
  const location = `${new URL(baseUrl).origin}${path}`;
  const body = `This resource has been moved permanently to ${location}`;
  return new Refusal({ status: 301, body, headers: { location } });
}

/**
 * The group that `:id` names, by number or path, and its projects that the caller sees: it is there for who sees one.
 * @throws Refusal 404
 */
export function lookUpGroup(call: Call): Group & { readonly projects: readonly Project[] } {
  const id = call.params['id'] ?? '';
  const isNumber = /^\d+$/.test(id);
  const group = call.world.groups.find((each) =>
    isNumber ? each.id === Number(id) : each.path.toLowerCase() === id.toLowerCase(),
  );
  const projects = group === undefined ? [] : visibleProjects(call, group);
  if (group === undefined || projects.length === 0) throw notFound('Group');
  return { ...group, projects };
}

/** The projects of a group and its subgroups that the caller sees. */
export function visibleProjects({ world, caller }: Call, { path }: Group): readonly Project[] {
  return [...world.projects.values()].filter((project) => {
    const role = roleIn(caller, world, project);
    return role !== undefined && project.scenario.path.startsWith(`${path}/`);
  });
}

/** Whether the caller may create, retry, cancel and play on the ref of a pipeline. @throws Refusal 403 */
export function requireRunOn({ world, caller }: Call, project: Project, pipeline: CiPipeline): void {
  if (!mayRunOn(world.scenario, project, userNameOf(caller), pipeline)) throw refuse(403, '403 Forbidden');
}

/** The pipeline that `:pipeline_id` names in the project of the call. @throws Refusal 404 */
export function lookUpPipeline(
  call: Call,
  wanted: MemberRole = 'reporter',
): { project: Project; pipeline: CiPipeline } {
  const project = lookUpProject(call, wanted);
  const pipeline = call.world.pipelines.get(Number(call.params['pipeline_id']));
  if (pipeline?.projectId !== project.scenario.id) throw notFound();
  return { project, pipeline };
}

/** The job or bridge that `:job_id` names in the project of the call. @throws Refusal 404 */
export function lookUpJob(
  call: Call,
  wanted: MemberRole = 'reporter',
): FoundJob & { readonly project: Project } {
  const project = lookUpProject(call, wanted);
  const found = findJob(project.pipelines, ({ id }) => id === Number(call.params['job_id']));
  if (found === undefined) throw notFound();
  return { ...found, project };
}
