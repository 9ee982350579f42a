import type { CiPipeline, UpstreamPipeline, Variable } from '../engine/model.ts';
import { readConfig } from '../engine/read-config.ts';
import { seedBrokenPipeline, seedPipeline } from '../engine/seed-pipeline.ts';
import type { PipelineHead } from '../engine/seed-pipeline.ts';
import { settle } from '../engine/transition.ts';
import type { Head, Project } from './project.ts';
import { headOf } from './project.ts';
import { isProtected, mayRunOn } from './protected-refs.ts';
import { isAtLeast, roleOf } from './roles.ts';
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
  const refusal = refusalOf(world, request, head);
  if (refusal !== null) return refused(refusal);
  const config = request.config === undefined ? project.scenario.ci : request.config;
  if (config === null) return refused('Missing CI config file');
  const reading = readConfig(config, [
    ...variablesOf(request, head),
    ...predefined(request, head),
    ...request.variables,
  ]);
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
    nameEnvironments(world, project, pipeline);
    // GitLab answers first, and processes the pipeline in a job of its own.
    world.soon(() => {
      if (world.pipelines.has(pipeline.id)) settle(world.around, pipeline);
    });
    return { kind: 'created', pipeline };
  });
}

/** Source: GitLab lib/gitlab/ci/pipeline/chain/validate/abilities.rb, chain/limit/rate_limit.rb */
function refusalOf(world: World, request: PipelineRequest, { commit, tag }: Head): string | null {
  const { project, ref, source, userName } = request;
  const user = world.scenario.users.find(({ username }) => username === userName);
  const role = user && roleOf(user, project.scenario.path);
  if (user !== undefined && (role === undefined || !isAtLeast(role, 'developer')))
    return 'Insufficient permissions to create a new pipeline';
  if (!mayRunOn(world.scenario, project, userName, { ref: shortRef(ref), tag }))
    return (
      `You do not have sufficient permission to run a pipeline on '${ref}'. ` +
      'Please select a different branch or contact your administrator for assistance.'
    );
  const key = `${project.scenario.id} ${userName} ${commit.sha}`;
  if (source !== 'parent_pipeline' && world.isThrottled(key, world.scenario.pipelinesPerMinute))
    return 'Too many pipelines created in the last minute. Try again later.';
  return null;
}

function shortRef(ref: string): string {
  return ref.replace(/^refs\/(heads|tags)\//, '');
}

/** What the project's own variables say to a pipeline: protected ones only on protected refs. */
function variablesOf({ project, ref }: PipelineRequest, { tag }: Head): Variable[] {
  const seesProtected = isProtected(project, { ref: shortRef(ref), tag });
  return project.variables
    .filter((variable) => variable.environment_scope === '*' && (!variable.protected || seesProtected))
    .map(({ key, value, variable_type: type }) => ({ key, value, type }));
}

function nameEnvironments(world: World, { environments }: Project, { jobs }: CiPipeline): void {
  for (const { definition } of jobs) {
    if (definition.environment === null || environments.has(definition.environment.name)) continue;
    const { name, tier } = definition.environment;
    environments.set(name, { id: world.nextId('environment'), name, tier, createdAt: world.around.now() });
  }
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
    ref: shortRef(ref),
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
