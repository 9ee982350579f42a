import type { JobId } from '../ids.ts';
import type { Job } from './job.ts';
import { isRequiredCancellation, isRequiredFailure, isUnderWay } from './job.ts';

/** What GitLab calls a pipeline in which nothing but a play can move anything. */
const statusesOfRest: ReadonlySet<string> = new Set(['manual', 'skipped', 'success']);

/** Whether the jobs show that the pipeline cannot succeed any more, whatever is played. */
export const isLost = (jobs: readonly Job[]): boolean =>
  jobs.some((job) => isRequiredFailure(job) || isRequiredCancellation(job));

/**
 * Whether the pipeline stands still, so that its manual jobs may be played without anybody asking for it.
 * @param ownIds what was played for the same trigger: several jobs that block together are played together
 */
export function standsStill(
  { status, jobs }: { readonly status: string; readonly jobs: readonly Job[] },
  ownIds: ReadonlySet<JobId>,
): boolean {
  const moving = jobs.filter(isUnderWay);
  const isAtRest = statusesOfRest.has(status) || moving.length > 0;
  return isAtRest && !isLost(jobs) && moving.every(({ id }) => ownIds.has(id));
}
