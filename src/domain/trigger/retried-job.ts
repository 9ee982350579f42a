import type { JobId } from '../ids.ts';

/** What the service retries by itself. */
export interface AutoRetry {
  /** How often the jobs of one name, at most. */
  readonly max: number;
  /** Reasons of failures, or `infrastructure`; see failure-reasons.ts. */
  readonly reasons: readonly string[];
}

/** A failed job that the service retries. Stored before GitLab is called: `intended` until it has answered. */
export interface RetriedJob {
  /** Of the job that failed: its retry has another. */
  readonly id: JobId;
  readonly name: string;
  /** GitLab's word for why it failed. */
  readonly reason: string;
  readonly progress: 'intended' | 'done' | 'refused';
  /** Why it was not retried. */
  readonly refusal: string | null;
  /** When it was decided. */
  readonly at: number;
}

/** A failed pipeline that is watched, since somebody may retry it in GitLab. */
export interface FailureGrace {
  readonly until: number;
  readonly isOver?: true;
}
