import type { JobId, PipelineId } from '../ids.ts';
import type { TriggerRequest, Upstream } from '../trigger/trigger.ts';

/** What GitLab says of a CI job in its id_token, as far as we go by it. */
export interface JobClaims {
  /** Of the project that the code comes from; with the pipeline of a fork's merge request that is the fork. */
  readonly projectId: number;
  readonly projectPath: string;
  /** The project that the job runs in; null where GitLab does not say (before 18.4). */
  readonly jobProject: { readonly id: number; readonly path: string } | null;
  readonly ref: string;
  readonly refProtected: boolean;
  readonly environment: string | null;
  /** `push`, `merge_request_event`, … */
  readonly pipelineSource: string;
  readonly pipelineId: PipelineId;
  readonly jobId: JobId;
  /** When the token ends, in milliseconds since the epoch; unknown where a policy is only tried. */
  readonly expiresAt?: number;
}

/** Sources of pipelines that run a merge request's code: its own, and the child pipelines of that. */
const mergeRequestSources = ['merge_request_event', 'parent_pipeline'];

/**
 * Whether the code may come from a fork, whose authors need no rights in the project that it runs in. Where GitLab does
 * not say in which project the job runs every merge request may be one: until 18.2 those of forks bore the project's own
 * path, and their `main` counted as protected.
 * Source: gitlab-org/gitlab issues 548165, 561735, 563038
 */
export const mayBeFork = ({ pipelineSource, projectId, jobProject }: JobClaims): boolean =>
  jobProject === null ? mergeRequestSources.includes(pipelineSource) : jobProject.id !== projectId;

/** By this triggers know which jobs they belong to: those of a project, with protected refs apart from others. */
export const callerIdOf = (claims: JobClaims): string =>
  callerIdFrom(claims.projectId, claims.refProtected, mayBeFork(claims));

const callerIdFrom = (projectId: number, isProtected: boolean, isFork: boolean): string =>
  `project:${projectId}:${isProtected ? 'protected' : 'unprotected'}${isFork ? ':fork' : ''}`;

/** All ids that jobs of a project may have as callers. */
export const callerIdsOf = (projectId: number): readonly string[] =>
  [true, false].flatMap((isProtected) =>
    [false, true].map((isFork) => callerIdFrom(projectId, isProtected, isFork)),
  );

/** Whether a caller's id is that of jobs, which a policy decides about; keys have no colon in their names. */
export const isJobCallerId = (caller: string): boolean => caller.startsWith('project:');

/** The job as the one on whose behalf a pipeline runs. */
export const upstreamOf = ({ jobProject, projectPath, pipelineId, jobId }: JobClaims): Upstream => ({
  project: jobProject?.path ?? projectPath,
  pipelineId,
  jobId,
});

/**
 * Whether a request says to come from this job, or does not say where it comes from. Ids are one of a kind in an instance:
 * what the request calls the project does not matter.
 */
export const isFrom = (claims: JobClaims, { upstream }: Pick<TriggerRequest, 'upstream'>): boolean =>
  upstream === null ||
  (upstream.pipelineId === claims.pipelineId && (upstream.jobId === null || upstream.jobId === claims.jobId));
