import type { Status } from './status.ts';

export type When = 'on_success' | 'on_failure' | 'always' | 'manual' | 'delayed' | 'never';

export type Variable = { readonly key: string; readonly value: string; readonly type: 'env_var' | 'file' };

/** What a bridge starts: a child pipeline of the same project, or a pipeline of another project. */
export type TriggerDefinition = {
  readonly include: string | null;
  readonly project: string | null;
  readonly branch: string | null;
  readonly strategy: 'depend' | 'mirror' | null;
};

/** One job as the configuration has it, its rules already decided. */
export type JobDefinition = {
  readonly name: string;
  readonly stage: string;
  readonly when: When;
  readonly allowFailure: boolean;
  /** null: the job waits for the stages before it. An empty list: it waits for nothing. */
  readonly needs: readonly string[] | null;
  readonly startInMs: number;
  readonly maxRetries: number;
  readonly environment: { readonly name: string; readonly action: string; readonly tier: string } | null;
  readonly trigger: TriggerDefinition | null;
  readonly variables: readonly Variable[];
  readonly exitsNonZero: boolean;
};

export type CiJob = {
  readonly id: number;
  readonly definition: JobDefinition;
  readonly stageIndex: number;
  status: Status;
  /** Set when a newer job took its place: it no longer counts, and leaves hooks and default listings. */
  retried: boolean;
  /** A retried manual job runs immediately instead of waiting to be played again. */
  readonly enqueueImmediately: boolean;
  /** 0 for the first job of this name in the pipeline, then one more for each retry. */
  readonly attempt: number;
  readonly createdAt: number;
  queuedAt: number | null;
  startedAt: number | null;
  finishedAt: number | null;
  failureReason: string | null;
  userName: string;
  variables: readonly Variable[];
  /** The pipeline a bridge has started. */
  downstreamId: number | null;
  readonly token: string;
};

/** A status that somebody set on a pipeline from outside: it counts as a job of the pipeline, but is no build. */
export type CommitStatus = {
  readonly id: number;
  readonly name: string;
  readonly userName: string;
  readonly ref: string;
  readonly createdAt: number;
  finishedAt: number | null;
  status: Status;
  /** A newer one of this name hides it. */
  retried: boolean;
  targetUrl: string | null;
  description: string | null;
  failureReason: string | null;
};

export type UpstreamPipeline = {
  readonly projectId: number;
  readonly pipelineId: number;
  readonly jobId: number;
  /** False when a job triggered the pipeline by API with its CI_JOB_TOKEN: nobody waits then. */
  readonly byBridge: boolean;
};

export type CiPipeline = {
  readonly id: number;
  readonly iid: number;
  readonly projectId: number;
  readonly ref: string;
  readonly tag: boolean;
  readonly sha: string;
  readonly beforeSha: string;
  readonly source: string;
  readonly name: string | null;
  readonly userName: string;
  readonly variables: readonly Variable[];
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly stages: readonly string[];
  readonly stageStatuses: Map<string, Status>;
  readonly cancelOnJobFailure: boolean;
  readonly autoRun: boolean;
  readonly upstream: UpstreamPipeline | null;
  readonly yamlErrors: string | null;
  readonly createdAt: number;
  /** Every job ever made, retried ones included, by ascending id. */
  readonly jobs: CiJob[];
  /** Statuses set from outside, hidden ones included, by ascending id; left out where there are none. */
  commitStatuses?: CommitStatus[];
  status: Status;
  updatedAt: number;
  startedAt: number | null;
  finishedAt: number | null;
  /** `performance.now()` at the last finish, to measure how late it is reported. */
  finishedAtMs: number | null;
};

export type EngineEvent =
  | {
      readonly kind: 'job';
      readonly pipeline: CiPipeline;
      readonly job: CiJob;
      /** null: the job is new. */
      readonly from: Status | null;
      readonly to: Status;
    }
  | { readonly kind: 'pipeline'; readonly pipeline: CiPipeline; readonly to: Status };

/** What the engine needs from outside: a clock, fresh ids, and a listener. */
export type EngineContext = {
  readonly now: () => number;
  readonly nextJobId: () => number;
  readonly emit: (event: EngineEvent) => void;
  /** Whether a running job has something to finish (`after_script`) when canceled: it is `canceling` until then. */
  readonly lingers?: (pipeline: CiPipeline, job: CiJob) => boolean;
};

/** The jobs that count: one per name, the newest. */
export function latestJobs(pipeline: CiPipeline): CiJob[] {
  return pipeline.jobs.filter((job) => !job.retried);
}
