import type { PipelineReading, PipelineSnapshot, PipelineWithoutJobs } from '../../domain/trigger/event.ts';
import type { JobId, PipelineId, TriggerId } from '../../domain/ids.ts';
import type { FailedJob } from '../../domain/trigger/job.ts';

/** Where and as whom to speak to GitLab. */
export interface GitLabAccess {
  /** Base URL of the instance, without a slash at the end. */
  readonly url: string;
  readonly apiToken: string | null;
  readonly triggerToken: string | null;
}

export interface PipelineOrder {
  readonly project: string;
  readonly ref: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** A pipeline as lists show it: enough to decide whether to retry it. */
export interface PipelineOfRef extends PipelineSnapshot {
  readonly ref: string;
  readonly sha: string;
}

/** What is known of a pipeline that a trigger may have started. */
export interface StartedPipeline {
  readonly ref: string;
  /** GitLab's word for how it was made: `api`, `trigger` or `pipeline`; null: not known. */
  readonly source: string | null;
  readonly id: TriggerId;
}

/** What is to be read of a pipeline beside its status and its latest jobs. */
export interface ReadOptions {
  /** The last lines of the failed jobs' logs. */
  readonly traces: boolean;
  /** Bridges in any case, not only where the jobs alone do not explain the status. */
  readonly bridges?: boolean;
}

/** The lists of jobs and bridges are left out where GitLab does not show them, instead of being the reason to fail. */
export interface StatusOptions extends ReadOptions {
  readonly mayLackJobs: true;
}

/**
 * One GitLab instance, seen by one caller. All methods throw AppError:
 * `gitlab_refused` GitLab understood and said no, in its words, or the way to it is set up wrongly (GitLabUnusable);
 * `not_found` it answered 404 itself; `gitlab_unavailable` no answer of its own, 429 or 5xx: GitLabUnavailable says
 * whether the request may have been carried out. Source: src/domain/gitlab-answer.ts
 */
export interface GitLab {
  /** Never sent twice. `configError`: GitLab made the pipeline, but its configuration has errors. */
  createPipeline(order: PipelineOrder): Promise<{ pipeline: PipelineSnapshot; configError: string | null }>;
  /** The pipeline that carries our trigger's id as a variable, among those of the ref made since the time. */
  findPipeline(project: string, ref: string, id: TriggerId, since: number): Promise<PipelineOfRef | null>;
  /**
   * The pipeline of this id, if it is in the project, of the ref, made in the way named, and carries our trigger's id
   * as a variable; else null.
   */
  findStarted(
    project: string,
    pipelineId: PipelineId,
    wanted: StartedPipeline,
  ): Promise<PipelineSnapshot | null>;
  /** The pipelines of the ref with a higher id than this one that our tokens may have made; at most 100, newest first. */
  pipelinesAfter(project: string, ref: string, id: number): Promise<readonly PipelineOfRef[]>;
  newestPipeline(project: string, ref: string): Promise<PipelineOfRef | null>;
  showPipeline(project: string, id: PipelineId): Promise<PipelineOfRef>;
  /**
   * Those of the pipelines that a list of the project's pipelines shows, as they stand now. The list is of those
   * updated since the time, the newest first, and is not read further than it pays: one that it does not show may
   * be a child pipeline, be further down, or be gone.
   */
  listPipelines(
    project: string,
    ids: readonly PipelineId[],
    updatedAfter: number,
  ): Promise<readonly PipelineSnapshot[]>;
  /** The newest commit of a ref. */
  tipOf(project: string, ref: string): Promise<string>;
  readPipeline(
    project: string,
    id: PipelineId,
    options: StatusOptions,
  ): Promise<PipelineReading | PipelineWithoutJobs>;
  readPipeline(project: string, id: PipelineId, options: ReadOptions): Promise<PipelineReading>;
  /** Resolves where GitLab shows the project. */
  checkProject(project: string): Promise<void>;
  /** @param variables are sent with the play; where GitLab forbids that, it refuses the play */
  playJob(project: string, id: JobId, variables?: Readonly<Record<string, string>>): Promise<void>;
  retryPipeline(project: string, id: PipelineId): Promise<void>;
  /** Cancels the pipeline and its child pipelines. GitLab says yes whatever becomes of it. */
  cancelPipeline(project: string, id: PipelineId): Promise<void>;
  /** The failed jobs with the last lines of their logs, as far as they can be had soon. */
  withTraces(project: string, failedJobs: readonly FailedJob[]): Promise<readonly FailedJob[]>;
  /** The log of a job, in pieces as they come; none when it has no log. It may be longer than memory: nobody keeps it. */
  readTrace(project: string, id: JobId): Promise<AsyncIterable<string>>;
  /** How long a read that can wait had better wait, so that GitLab's rate limit has room for what cannot. */
  pauseMs(): Promise<number>;
}

export type ConnectGitLab = (access: GitLabAccess) => GitLab;

/** Whether the service may use an instance, and with which tokens of its own. */
export interface ServiceAccess {
  readonly gitlabUrl: string;
  readonly apiToken: string | null;
  readonly triggerToken: string | null;
}
