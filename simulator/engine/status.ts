/** GitLab's 13 statuses of jobs, stages and pipelines. Source: GitLab app/models/concerns/ci/has_status.rb */
export const statuses = [
  'created',
  'waiting_for_resource',
  'preparing',
  'waiting_for_callback',
  'pending',
  'running',
  'canceling',
  'success',
  'failed',
  'canceled',
  'skipped',
  'manual',
  'scheduled',
] as const;

export type Status = (typeof statuses)[number];

export const completed: ReadonlySet<Status> = new Set<Status>(['success', 'failed', 'canceled', 'skipped']);

/** What a cancel of the pipeline reaches: everything alive, and delayed jobs, but no manual ones. */
export const cancelable: ReadonlySet<Status> = new Set<Status>([
  'created',
  'waiting_for_resource',
  'preparing',
  'waiting_for_callback',
  'pending',
  'running',
  'scheduled',
]);

/** What a single job can be retried from. A retry of the pipeline takes only failed and canceled ones. */
export const retryable: ReadonlySet<Status> = new Set<Status>(['success', 'failed', 'canceled']);
