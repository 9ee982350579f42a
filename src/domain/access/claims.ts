import type { GitLabUser } from './gitlab-user.ts';
import type { JobId, PipelineId } from '../ids.ts';
import type { TriggerRequest, Upstream } from '../trigger/trigger.ts';

/** The claims of a CI job's id_token that the service uses. */
export interface JobClaims {
  /** The project that the code comes from; in the pipeline of a fork's merge request this is the fork. */
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
  /** Who started the job; left out where GitLab does not say. */
  readonly user?: GitLabUser;
  /** When the token expires, in milliseconds since the epoch; unknown where `policy test` only tries a policy. */
  readonly expiresAt?: number;
}

/** Sources of pipelines that run a merge request's code: its own, and the child pipelines of that. */
const mergeRequestSources = ['merge_request_event', 'parent_pipeline'];

/**
 * Whether the code may come from a fork, whose authors need no rights in the project that it runs in. Where the token
 * does not name the project that the job runs in, every merge request may come from a fork: until 18.2 the token of a
 * fork's merge request named the parent project, and the fork's `main` counted as protected.
 * Source: gitlab-org/gitlab issues 548165, 561735, 563038
 */
export const mayBeFork = ({ pipelineSource, projectId, jobProject }: JobClaims): boolean =>
  jobProject === null ? mergeRequestSources.includes(pipelineSource) : jobProject.id !== projectId;

/** The caller id of a project's jobs, by which triggers store their owner; jobs of protected refs have another one. */
export const callerIdOf = (claims: JobClaims): string =>
  callerIdFrom(claims.projectId, claims.refProtected, mayBeFork(claims));

const callerIdFrom = (projectId: number, isProtected: boolean, isFork: boolean): string =>
  `project:${projectId}:${isProtected ? 'protected' : 'unprotected'}${isFork ? ':fork' : ''}`;

/** All ids that jobs of a project may have as callers. */
export const callerIdsOf = (projectId: number): readonly string[] =>
  [true, false].flatMap((isProtected) =>
    [false, true].map((isFork) => callerIdFrom(projectId, isProtected, isFork)),
  );

/** Whether a caller's id is that of CI jobs, which the policy decides about; names of keys have no colon. */
export const isJobCallerId = (caller: string): boolean => caller.startsWith('project:');

/** The job as the `upstream` of a trigger. */
export const upstreamOf = ({ jobProject, projectPath, pipelineId, jobId }: JobClaims): Upstream => ({
  project: jobProject?.path ?? projectPath,
  pipelineId,
  jobId,
});

/**
 * Whether the request's `upstream` is this job, or is not given. Ids are unique in one GitLab, so the project that the
 * request names does not matter.
 */
export const isFrom = (claims: JobClaims, { upstream }: Pick<TriggerRequest, 'upstream'>): boolean =>
  upstream === null ||
  (upstream.pipelineId === claims.pipelineId && (upstream.jobId === null || upstream.jobId === claims.jobId));
