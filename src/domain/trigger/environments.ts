import type { PipelineSnapshot } from './event.ts';
import type { Job, JobEnvironment } from './job.ts';

/** Jobs with what an earlier hook has shown of their environments. */
export function withEnvironments(seen: readonly Job[], known: readonly Job[]): readonly Job[] {
  const shown = new Map(
    known.flatMap(({ id, environment }) => (environment === undefined ? [] : [[id, environment]])),
  );
  if (shown.size === 0) return seen;
  return seen.map((job) => {
    const environment = job.environment === undefined ? shown.get(job.id) : undefined;
    return environment === undefined ? job : { ...job, environment };
  });
}

/** A pipeline as a hook shows it that does not prove where the jobs deploy to. */
export const withoutEnvironments = (pipeline: PipelineSnapshot): PipelineSnapshot =>
  pipeline.jobs === null
    ? pipeline
    : { ...pipeline, jobs: pipeline.jobs.map(({ environment: _unproven, ...job }) => job) };

export const isSameEnvironment = (
  one: JobEnvironment | null | undefined,
  other: JobEnvironment | null | undefined,
): boolean => one === other || (one != null && one.name === other?.name && one.tier === other.tier);
