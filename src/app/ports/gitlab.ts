import type { PipelineReading, PipelineSnapshot, PipelineWithoutJobs } from '../../domain/trigger/event.ts';
import type { JobId, PipelineId, TriggerId } from '../../domain/ids.ts';
import type { FailedJob, Job } from '../../domain/trigger/job.ts';
import type { CommitStatus } from '../../domain/trigger/report.ts';

/** What names a project: its numeric id, and its full path. */
export interface ProjectNames {
  readonly id: string;
  readonly path: string;
}

/** The GitLab instance and the tokens to use. */
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

/** A pipeline as GitLab's lists show it: enough to decide whether to retry it. */
export interface PipelineOfRef extends PipelineSnapshot {
  readonly ref: string;
  readonly sha: string;
}

/** What is known of a pipeline that a trigger may have started. */
export interface StartedPipeline {
  readonly ref: string;
  /** GitLab's word for its source: `api`, `trigger` or `pipeline`; null: not known. */
  readonly source: string | null;
  readonly id: TriggerId;
}

/** The parts of a pipeline to read besides its status and its latest jobs. */
export interface ReadOptions {
  /** The last lines of the failed jobs' logs. */
  readonly traces: boolean;
  /** Always read bridges, or never; left out: only where the jobs alone do not explain the status. */
  readonly bridges?: boolean | undefined;
}

/** Leave jobs and bridges out where GitLab does not show them, instead of failing. */
export interface StatusOptions extends ReadOptions {
  readonly mayLackJobs: true;
}

/** A file that a job has left, as GitLab lists it. */
export interface ListedArtifact {
  /** GitLab's `file_type`: `archive`, `dotenv`, `junit` … */
  readonly type: string;
  readonly file: string;
  /** In bytes. */
  readonly size: number;
}

/** A job and what it has left. */
export interface JobArtifacts {
  readonly id: JobId;
  readonly name: string;
  readonly pipelineId: PipelineId | null;
  readonly artifacts: readonly ListedArtifact[];
}

/** The content of an artifact, in pieces as they arrive. It may be larger than memory: it is never kept. */
export interface ArtifactContent {
  /** In bytes; null where it is not known. */
  readonly length: number | null;
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** A status to be set on a pipeline. */
export interface NewCommitStatus {
  readonly sha: string;
  readonly pipelineId: PipelineId;
  readonly name: string;
  readonly state: CommitStatus;
  readonly targetUrl: string | null;
  readonly description: string | null;
}

/** The pipeline that statuses were set on. */
export type StatusesOf = Pick<NewCommitStatus, 'sha' | 'pipelineId'>;

/** A status of a commit as GitLab shows it. */
export interface ShownCommitStatus {
  readonly state: string;
  readonly targetUrl: string | null;
}

/**
 * One GitLab instance, seen by one caller. All methods throw AppError:
 * `gitlab_refused` GitLab understood and refused, in its words, or the access to it is set up wrongly (GitLabUnusable);
 * `not_found` it answered 404 itself; `gitlab_unavailable` no answer of its own, 429 or 5xx: GitLabUnavailable says
 * whether the request may have been carried out. Source: src/domain/gitlab-answer.ts
 */
export interface GitLab {
  /** Never sent twice. `configError`: GitLab created the pipeline, but its configuration has errors. */
  createPipeline(order: PipelineOrder): Promise<{ pipeline: PipelineSnapshot; configError: string | null }>;
  /** The pipeline that carries the trigger's id as a variable, among those of the ref created since the time. */
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
  /** The pipelines of the ref with a higher id that our tokens may have created; at most 100, newest first. */
  pipelinesAfter(project: string, ref: string, id: number): Promise<readonly PipelineOfRef[]>;
  newestPipeline(project: string, ref: string): Promise<PipelineOfRef | null>;
  showPipeline(project: string, id: PipelineId): Promise<PipelineOfRef>;
  /**
   * Those of the pipelines that a list of the project's pipelines shows, in their present state. The list holds those
   * updated since the time, the newest first, and is read only as far as it saves reads: a pipeline that it does not
   * show may be a child pipeline, be further down, or be gone.
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
  /** Id and path of a project in GitLab's own answer: a path that the project had before leads to it, too. */
  nameProject(project: string): Promise<ProjectNames>;
  /** @param variables are sent with the play; where GitLab forbids that, it refuses the play */
  playJob(project: string, id: JobId, variables?: Readonly<Record<string, string>>): Promise<void>;
  /** Sets a status on a pipeline: of an open one of this name and our user, else of a new one. Never sent twice. */
  postCommitStatus(project: string, status: NewCommitStatus): Promise<void>;
  /** The newest statuses of a name on a commit, in this pipeline where GitLab says which; newest first. */
  commitStatuses(
    project: string,
    wanted: Pick<NewCommitStatus, 'sha' | 'name' | 'pipelineId'>,
  ): Promise<readonly ShownCommitStatus[]>;
  /** Of statuses that others have set on a pipeline: whether a required one has failed. @param jobs its own, bridges too */
  hasFailedStatus(project: string, pipeline: StatusesOf, jobs: readonly Pick<Job, 'id'>[]): Promise<boolean>;
  retryPipeline(project: string, id: PipelineId): Promise<void>;
  /** GitLab refuses to retry a job twice: its retry is another job. */
  retryJob(project: string, id: JobId): Promise<void>;
  /** Cancels the pipeline and its child pipelines. GitLab accepts it, with effect or without. */
  cancelPipeline(project: string, id: PipelineId): Promise<void>;
  /** The failed jobs with the last lines of their logs, as far as these can be read quickly. */
  withTraces(project: string, failedJobs: readonly FailedJob[]): Promise<readonly FailedJob[]>;
  /** The log of a job, in pieces as they arrive; none without a log. It may be larger than memory: it is never kept. */
  readTrace(project: string, id: JobId): Promise<AsyncIterable<string>>;
  /** What the latest jobs of a pipeline have left, bridges excepted. */
  jobArtifacts(project: string, id: PipelineId): Promise<readonly JobArtifacts[]>;
  /** The same of one job, which may have been run again since. */
  artifactsOfJob(project: string, id: JobId): Promise<JobArtifacts>;
  /**
   * The archive of a job, or one file of it. `not_found` whatever answers so: GitLab, the part of it that reads archives,
   * or the storage that it leads to.
   * @param path its names, none of them `.` or `..`; null: the whole archive
   * @param gone aborts when nobody takes it any more
   */
  readArtifact(
    project: string,
    id: JobId,
    path: readonly string[] | null,
    gone: AbortSignal,
  ): Promise<ArtifactContent>;
  /**
   * The text of a job's dotenv report; of a GitLab that does not give reports, the file in the archive that repeats it.
   * Refused where it is too long, or no text.
   */
  readDotenv(project: string, id: JobId, file: readonly string[], gone: AbortSignal): Promise<string>;
  /** How long a read that can wait should wait, so that GitLab's rate limit has room for urgent requests. */
  pauseMs(): Promise<number>;
}

export type ConnectGitLab = (access: GitLabAccess) => GitLab;

/** Whether the service may use an instance, and with which tokens of its own. */
export interface ServiceAccess {
  readonly gitlabUrl: string;
  readonly apiToken: string | null;
  readonly triggerToken: string | null;
}
