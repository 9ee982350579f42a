import type { CiJob, CiPipeline } from '../engine/model.ts';
import type { Project } from './project.ts';
import type { World } from './world.ts';

/**
 * A project by id or path, also one that it had before it was moved. GitLab finds paths whatever their case. What is
 * no number and has no slash is no path. Source: GitLab lib/api/helpers.rb, find_project
 */
export function findProject(world: World, idOrPath: string | number): Project | undefined {
  const text = String(idOrPath);
  if (isId(text)) return world.projects.get(Number.parseInt(text, 10));
  if (!text.includes('/')) return undefined;
  const projects = [...world.projects.values()];
  return (
    projects.find(({ scenario }) => isSamePath(scenario.path, text)) ??
    projects.find(({ scenario }) => scenario.formerPaths.some((path) => isSamePath(path, text)))
  );
}

/** Whether a project was found by a path that it no longer has. */
export function isMoved({ scenario }: Project, idOrPath: string): boolean {
  return !isId(idOrPath) && !isSamePath(scenario.path, idOrPath);
}

/** GitLab's `/^-?\d+$/`: in Ruby these anchors match at each line. */
function isId(text: string): boolean {
  return text.split('\n').some((line) => /^-?\d+$/.test(line));
}

function isSamePath(path: string, other: string): boolean {
  return path.toLowerCase() === other.toLowerCase();
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
