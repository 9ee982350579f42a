import type { CiJob, CommitStatus } from './engine/model.ts';
import type { Status } from './engine/status.ts';
import { projectOf } from './world/find.ts';
import type { World } from './world/world.ts';

export type JobView = {
  readonly id: number;
  readonly name: string;
  readonly stage: string;
  readonly status: Status;
  readonly kind: 'build' | 'bridge';
  readonly when: string;
  readonly allowFailure: boolean;
  /** 0 for the first job of the name. */
  readonly attempt: number;
  readonly retried: boolean;
  readonly failureReason: string | null;
  readonly userName: string;
  /** Given when the job was played. */
  readonly variables: Readonly<Record<string, string>>;
  /** The CI_JOB_TOKEN, good while the job runs. */
  readonly token: string;
  readonly downstreamId: number | null;
};

export type PipelineView = {
  readonly id: number;
  readonly iid: number;
  readonly projectId: number;
  readonly project: string;
  readonly ref: string;
  readonly sha: string;
  readonly source: string;
  readonly status: Status;
  readonly userName: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly yamlErrors: string | null;
  /** Every job ever made, by ascending id, retried ones included. */
  readonly jobs: readonly JobView[];
  /** Statuses set from outside, hidden ones included, by ascending id. */
  readonly commitStatuses: readonly CommitStatus[];
  /** `performance.now()` at the last finish. */
  readonly finishedAtMs: number | null;
};

/**
 * A pipeline as it is now, for tests to look at.
 * @throws Error when there is no such pipeline
 */
export function viewPipeline(world: World, id: number): PipelineView {
  const pipeline = world.pipelines.get(id);
  if (pipeline === undefined) throw new Error(`no pipeline ${id}`);
  const { iid, projectId, ref, sha, source, status, userName, inputs, yamlErrors, finishedAtMs } = pipeline;
  return {
    ...{ id, iid, projectId, ref, sha, source, status, userName, inputs, yamlErrors, finishedAtMs },
    project: projectOf(world, pipeline).scenario.path,
    variables: Object.fromEntries(pipeline.variables.map(({ key, value }) => [key, value])),
    jobs: pipeline.jobs.map(viewJob),
    commitStatuses: (pipeline.commitStatuses ?? []).map((status) => ({ ...status })),
  };
}

function viewJob(job: CiJob): JobView {
  const { id, status, attempt, retried, failureReason, userName, token, downstreamId, definition } = job;
  const { name, stage, when, allowFailure } = definition;
  return {
    ...{ id, name, stage, status, when, allowFailure, attempt, retried, failureReason },
    ...{ userName, token, downstreamId },
    kind: definition.trigger === null ? 'build' : 'bridge',
    variables: Object.fromEntries(job.variables.map(({ key, value }) => [key, value])),
  };
}
