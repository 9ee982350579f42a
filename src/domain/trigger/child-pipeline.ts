import type { JobId, PipelineId } from '../ids.ts';
import type { FailedJob, Job } from './job.ts';

/** A pipeline that a bridge has started: of the trigger's pipeline, or of one that this one has started in turn. */
export interface ChildPipeline {
  readonly id: PipelineId;
  /** Another one than its parent's where it runs in another project. */
  readonly projectId: number;
  readonly parentId: PipelineId;
  readonly bridge: { readonly id: JobId; readonly name: string; readonly allowFailure: boolean };
  readonly status: string;
  readonly webUrl: string | null;
  /** Whether it holds its parent up: its bridge has a `strategy`, which GitLab does not show. */
  readonly holds: boolean;
  readonly changedAt: string | null;
  /** Those of its latest jobs that matter to others; null while none were seen. */
  readonly jobs: readonly Job[] | null;
  /** `changedAt` when GitLab was asked for its jobs; null: they are as a hook showed them, without its bridges. */
  readonly jobsAt: string | null;
  /** When GitLab was last asked for its jobs, in milliseconds since the epoch; null: never. */
  readonly readAt: number | null;
  /** Whether it has bridges itself; null: nobody has looked. */
  readonly hasBridges: boolean | null;
  /** A hook is of a pipeline that one of its bridges has started, and that is not known yet. */
  readonly isStale?: true;
  /** Why GitLab does not show its jobs; null: it does. */
  readonly unreadable: string | null;
}

/** What GitLab answered when asked for a child pipeline. */
export type ChildReading =
  | {
      readonly id: PipelineId;
      readonly status: string;
      readonly jobs: readonly Job[];
      readonly failedJobs: readonly FailedJob[];
      readonly showsBridges: boolean;
    }
  | { readonly id: PipelineId; readonly unreadable: string };
