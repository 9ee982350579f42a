/** The phase of a pipeline or job, as it matters to a waiting caller. */
export type Phase = 'alive' | 'blocked' | 'complete';

/** GitLab's own grouping of its statuses. Source: GitLab app/models/concerns/ci/has_status.rb */
export const phaseOf = {
  created: 'alive',
  waiting_for_resource: 'alive',
  preparing: 'alive',
  waiting_for_callback: 'alive',
  pending: 'alive',
  running: 'alive',
  canceling: 'alive',
  manual: 'blocked',
  scheduled: 'blocked',
  success: 'complete',
  failed: 'complete',
  canceled: 'complete',
  skipped: 'complete',
} as const satisfies Record<string, Phase>;

/** A status that GitLab has today. It may send new ones, so statuses are passed as plain strings. */
export type KnownStatus = keyof typeof phaseOf;

/**
 * How far a job has come. A job keeps its id while it moves up, and gets a new id to start again; so an observation
 * that shows a known job lower than before is old.
 * `skipped` ranks with `created`: playing a manual job that it needs turns it back into `created`.
 */
const progressOf = {
  created: 0,
  skipped: 0,
  waiting_for_resource: 1,
  preparing: 1,
  waiting_for_callback: 1,
  manual: 1,
  scheduled: 1,
  pending: 2,
  running: 3,
  canceling: 4,
  success: 5,
  failed: 5,
  canceled: 5,
} as const satisfies Record<KnownStatus, number>;

/** Whether GitLab had this status when this was written. */
export const isKnownStatus = (status: string): status is KnownStatus => Object.hasOwn(phaseOf, status);

/** The phase of a status; an unknown status is `alive`: keep waiting. */
export const phase = (status: string): Phase => (isKnownStatus(status) ? phaseOf[status] : 'alive');

/** Whether a job that showed `known` cannot show `seen` afterwards under the same id. */
export const isBehind = (seen: string, known: string): boolean =>
  isKnownStatus(seen) && isKnownStatus(known) && progressOf[seen] < progressOf[known];
