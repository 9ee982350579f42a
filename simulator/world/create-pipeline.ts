import type { CiPipeline, UpstreamPipeline, Variable } from '../engine/model.ts';
import { readConfig } from '../engine/read-config.ts';
import { seedBrokenPipeline, seedPipeline } from '../engine/seed-pipeline.ts';
import type { PipelineHead } from '../engine/seed-pipeline.ts';
import { settle } from '../engine/transition.ts';
import type { Head, Project } from './project.ts';
import { headOf } from './project.ts';
import type { World } from './world.ts';

export type PipelineRequest = {
  readonly project: Project;
  readonly ref: string;
  readonly source: string;
  readonly userName: string;
  readonly variables: readonly Variable[];
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly upstream?: UpstreamPipeline | null;
  /** Another configuration than the project's: that of a child pipeline. */
  readonly config?: unknown;
  /** Whether a broken configuration leaves a failed pipeline behind. */
  readonly keepsBroken: boolean;
};

export type Creation =
  | { readonly kind: 'created'; readonly pipeline: CiPipeline }
  | { readonly kind: 'broken'; readonly pipeline: CiPipeline; readonly errors: readonly string[] }
  | { readonly kind: 'refused'; readonly errors: readonly string[] };

/** Makes a pipeline, which is processed soon after, or says in GitLab's words why not. */
export function createPipeline(world: World, request: PipelineRequest): Creation {
  const { project, ref } = request;
  const head = headOf(project, ref);
  if (head === undefined) return refused('Reference not found');
  if (
    project.scenario.refusesPipelineVariables &&
    request.variables.length > 0 &&
    !request.upstream?.byBridge
  ) {
    return refused('Insufficient permissions to set pipeline variables');
  }
  const config = request.config === undefined ? project.scenario.ci : request.config;
  if (config === null) return refused('Missing CI config file');
  const reading = readConfig(config, [...predefined(request, head), ...request.variables]);
  if (reading.kind === 'filtered') return refused(reading.error);
  if (reading.kind === 'invalid' && !request.keepsBroken) return refused(...reading.errors);
  return world.act((): Creation => {
    const pipelineHead = headFor(world, request, head);
    if (reading.kind === 'invalid') {
      const pipeline = keep(world, project, seedBrokenPipeline(world.around, pipelineHead, reading.errors));
      world.around.emit({ kind: 'pipeline', pipeline, to: 'failed' });
      return { kind: 'broken', pipeline, errors: reading.errors };
    }
    const pipeline = keep(world, project, seedPipeline(world.around, pipelineHead, reading.config));
    for (const job of pipeline.jobs) {
      world.around.emit({ kind: 'job', pipeline, job, from: null, to: 'created' });
    }
    // GitLab answers first, and processes the pipeline in a job of its own.
    world.soon(() => {
      if (world.pipelines.has(pipeline.id)) settle(world.around, pipeline);
    });
    return { kind: 'created', pipeline };
  });
}

function keep(world: World, project: Project, pipeline: CiPipeline): CiPipeline {
  project.pipelines.push(pipeline);
  world.pipelines.set(pipeline.id, pipeline);
  return pipeline;
}

function headFor(world: World, request: PipelineRequest, { commit, tag }: Head): PipelineHead {
  const { project, ref, source, userName, variables, inputs = {}, upstream = null } = request;
  return {
    id: world.nextId('pipeline'),
    iid: (project.lastIid += 1),
    projectId: project.scenario.id,
    ref: ref.replace(/^refs\/(heads|tags)\//, ''),
    tag,
    sha: commit.sha,
    beforeSha: '0'.repeat(40),
    source,
    userName,
    variables,
    inputs,
    autoRun: project.autoRun,
    upstream,
  };
}

/** The predefined variables that rules commonly look at. */
function predefined({ project, ref, source }: PipelineRequest, { commit, tag }: Head): Variable[] {
  const { path, defaultBranch, id } = project.scenario;
  const entries = {
    CI: 'true',
    GITLAB_CI: 'true',
    CI_PROJECT_ID: String(id),
    CI_PROJECT_PATH: path,
    CI_DEFAULT_BRANCH: defaultBranch,
    CI_COMMIT_REF_NAME: ref,
    CI_COMMIT_SHA: commit.sha,
    [tag ? 'CI_COMMIT_TAG' : 'CI_COMMIT_BRANCH']: ref,
    CI_PIPELINE_SOURCE: source,
  };
  return Object.entries(entries).map(([key, value]) => ({ key, value, type: 'env_var' }));
}

function refused(...errors: string[]): Creation {
  return { kind: 'refused', errors };
}
