import type { CiJob, CiPipeline } from '../engine/model.ts';
import type { Project } from './project.ts';
import type { World } from './world.ts';

/** A project by id or path. GitLab finds paths whatever their case. */
export function findProject(world: World, idOrPath: string | number): Project | undefined {
  const text = String(idOrPath);
  const byId = /^\d+$/.test(text) ? world.projects.get(Number(text)) : undefined;
  const path = text.toLowerCase();
  return byId ?? [...world.projects.values()].find(({ scenario }) => scenario.path.toLowerCase() === path);
}

/** The project of a pipeline. */
export function projectOf(world: World, pipeline: CiPipeline): Project {
  const project = world.projects.get(pipeline.projectId);
  if (project === undefined) throw new Error(`pipeline ${pipeline.id} has no project`);
  return project;
}

export type FoundJob = { readonly job: CiJob; readonly pipeline: CiPipeline };

/** A job of any of these pipelines, retried ones included. */
export function findJob(
  pipelines: Iterable<CiPipeline>,
  matches: (job: CiJob) => boolean,
): FoundJob | undefined {
  for (const pipeline of pipelines) {
    const job = pipeline.jobs.find(matches);
    if (job !== undefined) return { job, pipeline };
  }
  return undefined;
}
