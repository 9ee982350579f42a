import type { Status } from './status.ts';

/** From these a pipeline does not go back to `pending`: a pending job means it is running again. */
const pendingMeansRunning: ReadonlySet<Status> = new Set<Status>([
  'running',
  'success',
  'failed',
  'canceling',
  'canceled',
]);

/**
 * The status a pipeline takes when its jobs add up to `composite`.
 * `created` is no event in GitLab's machine, so the status stays. Source: GitLab app/models/ci/pipeline.rb
 */
export function nextPipelineStatus(current: Status, composite: Status): Status {
  if (composite === 'pending' && pendingMeansRunning.has(current)) return 'running';
  return nextStageStatus(current, composite);
}

/** The status a stage takes when its jobs add up to `composite`. Source: GitLab app/models/ci/stage.rb */
export function nextStageStatus(current: Status, composite: Status): Status {
  return composite === 'created' ? current : composite;
}
