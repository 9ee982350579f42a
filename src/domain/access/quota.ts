import type { Caller } from './caller.ts';
import { callerIdsOf } from './claims.ts';

/** The name under which a caller's pending triggers and open streams are counted. */
export interface Quota {
  readonly name: string;
  /** The owners whose triggers are counted: keys of one name are one caller, the jobs of a project are several. */
  readonly callers: readonly string[];
}

/** The quota that a caller uses; null for admins, who have none. */
export function quotaOf({ id, role, job }: Caller): Quota | null {
  if (role === 'admin') return null;
  if (job === undefined) return { name: id, callers: [id] };
  return { name: `project:${job.projectId}`, callers: callerIdsOf(job.projectId) };
}
