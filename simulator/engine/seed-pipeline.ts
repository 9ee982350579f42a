import type { JobDefinition, CiPipeline, EngineContext } from './model.ts';
import type { PipelineConfig } from './read-config.ts';
import { tokenOf } from './requeue.ts';

/** All of a pipeline that does not come from its configuration. */
export type PipelineHead = Pick<
  CiPipeline,
  | 'id'
  | 'iid'
  | 'projectId'
  | 'ref'
  | 'tag'
  | 'sha'
  | 'beforeSha'
  | 'source'
  | 'userName'
  | 'variables'
  | 'inputs'
  | 'autoRun'
  | 'upstream'
>;

/** A new pipeline with its jobs, everything `created` and no webhook sent. Settle it to start it. */
export function seedPipeline(around: EngineContext, head: PipelineHead, config: PipelineConfig): CiPipeline {
  const pipeline: CiPipeline = {
    ...emptyPipeline(around, head),
    name: config.name,
    stages: config.stages,
    stageStatuses: new Map(config.stages.map((stage) => [stage, 'created'])),
    cancelOnJobFailure: config.cancelOnJobFailure,
  };
  const inStageOrder = config.stages.flatMap((stage) => config.jobs.filter((job) => job.stage === stage));
  for (const definition of inStageOrder) addJob(around, pipeline, definition);
  return pipeline;
}

/** The pipeline that GitLab keeps to show what is wrong with the configuration: failed, without jobs. */
export function seedBrokenPipeline(
  around: EngineContext,
  head: PipelineHead,
  errors: readonly string[],
): CiPipeline {
  return {
    ...emptyPipeline(around, head),
    yamlErrors: errors.join(', '),
    status: 'failed',
    finishedAt: around.now(),
    finishedAtMs: performance.now(),
  };
}

function emptyPipeline(around: EngineContext, head: PipelineHead): CiPipeline {
  const now = around.now();
  return {
    ...head,
    name: null,
    stages: [],
    stageStatuses: new Map(),
    cancelOnJobFailure: false,
    yamlErrors: null,
    createdAt: now,
    updatedAt: now,
    startedAt: null,
    finishedAt: null,
    finishedAtMs: null,
    status: 'created',
    jobs: [],
  };
}

function addJob(around: EngineContext, pipeline: CiPipeline, definition: JobDefinition): void {
  const id = around.nextJobId();
  pipeline.jobs.push({
    id,
    definition,
    stageIndex: pipeline.stages.indexOf(definition.stage),
    status: 'created',
    retried: false,
    enqueueImmediately: false,
    attempt: 0,
    createdAt: around.now(),
    queuedAt: null,
    startedAt: null,
    finishedAt: null,
    failureReason: null,
    userName: pipeline.userName,
    variables: [],
    downstreamId: null,
    token: tokenOf(id),
  });
}
