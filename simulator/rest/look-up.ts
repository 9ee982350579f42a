import type { CiPipeline } from '../engine/model.ts';
import { findJob, findProject } from '../world/find.ts';
import type { FoundJob } from '../world/find.ts';
import type { Project } from '../world/project.ts';
import { isAtLeast, roleIn } from './authenticate.ts';
import type { MemberRole } from './authenticate.ts';
import type { Call } from './call.ts';
import { notFound, refuse } from './reply.ts';

/**
 * The project that `:id` names.
 * @throws Refusal 404 when there is none or the caller may not know of it, 403 when the role is too small
 */
export function lookUpProject(call: Call, wanted: MemberRole = 'reporter'): Project {
  const project = findProject(call.world, call.params['id'] ?? '');
  const role = project === undefined ? undefined : roleIn(call.caller, call.world, project);
  if (project === undefined || role === undefined) throw notFound('Project');
  if (!isAtLeast(role, wanted)) throw refuse(403, '403 Forbidden');
  return project;
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
