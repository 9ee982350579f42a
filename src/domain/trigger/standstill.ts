import type { JobId } from '../ids.ts';
import type { Job } from './job.ts';
import { isRequiredCancellation, isRequiredFailure, isUnderWay } from './job.ts';

/** GitLab's statuses of a pipeline that only a play can move. */
const statusesOfRest: ReadonlySet<string> = new Set(['manual', 'skipped', 'success']);

/** Whether the jobs show that the pipeline can no longer succeed, whichever job is played. */
export const isLost = (jobs: readonly Job[]): boolean =>
  jobs.some((job) => isRequiredFailure(job) || isRequiredCancellation(job));

/**
 * Whether the pipeline is at a standstill, so that its manual jobs may be played by rule.
 * @param ownIds the jobs played for the same trigger: several jobs that block together are played together
 */
export function standsStill(
  { status, jobs }: { readonly status: string; readonly jobs: readonly Job[] },
  ownIds: ReadonlySet<JobId>,
): boolean {
  const moving = jobs.filter(isUnderWay);
  const isAtRest = statusesOfRest.has(status) || moving.length > 0;
  return isAtRest && !isLost(jobs) && moving.every(({ id }) => ownIds.has(id));
}
