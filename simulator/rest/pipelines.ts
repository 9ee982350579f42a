import { cancelPipeline } from '../engine/end-job.ts';
import { retryPipeline } from '../engine/requeue.ts';
import { serializePipeline, serializePipelineBasic } from '../serializers/pipeline.ts';
import { createPipeline } from '../world/create-pipeline.ts';
import { headOf } from '../world/project.ts';
import { userNameOf } from './authenticate.ts';
import type { Call, ApiRoute } from './call.ts';
import { filterPipelines } from './list-pipelines.ts';
import { lookUpPipeline, lookUpProject, requireRunOn } from './look-up.ts';
import { paginate } from './paginate.ts';
import { readInputs, readRef, readVariableList } from './read-pipeline-input.ts';
import { notFound, refuse } from './reply.ts';
import type { ApiReply } from './reply.ts';

/** Pipelines of a project. Source: GitLab lib/api/ci/pipelines.rb */
export const pipelineRoutes: readonly ApiRoute[] = [
  { method: 'get', path: '/projects/:id/pipelines', answer: list },
  { method: 'post', path: '/projects/:id/pipeline', answer: create },
  { method: 'get', path: '/projects/:id/pipelines/latest', answer: showLatest },
  { method: 'get', path: '/projects/:id/pipelines/:pipeline_id', audience: 'job', answer: show },
  { method: 'delete', path: '/projects/:id/pipelines/:pipeline_id', answer: remove },
  { method: 'get', path: '/projects/:id/pipelines/:pipeline_id/variables', answer: listVariables },
  { method: 'post', path: '/projects/:id/pipelines/:pipeline_id/retry', answer: retry },
  { method: 'post', path: '/projects/:id/pipelines/:pipeline_id/cancel', answer: cancel },
];

function list(call: Call): ApiReply {
  const pipelines = filterPipelines(call, lookUpProject(call));
  return paginate(call, pipelines, (pipeline) => ({
    ...serializePipelineBasic(call, pipeline),
    name: pipeline.name,
  }));
}

function create(call: Call): ApiReply {
  const project = lookUpProject(call, 'developer');
  const creation = createPipeline(call.world, {
    project,
    ref: readRef(call),
    source: 'api',
    userName: userNameOf(call.caller),
    variables: readVariableList(call.input['variables']),
    inputs: readInputs(call),
    keepsBroken: false,
  });
  if (creation.kind !== 'created') throw refuse(400, { base: creation.errors });
  return { status: 201, body: serializePipeline(call, creation.pipeline) };
}

function showLatest(call: Call): ApiReply {
  const project = lookUpProject(call);
  const ref = (call.input['ref'] as string | undefined) ?? project.scenario.defaultBranch;
  const head = headOf(project, ref);
  const latest = project.pipelines.findLast(
    ({ ref: on, sha, source }) => on === ref && sha === head?.commit.sha && source !== 'parent_pipeline',
  );
  if (latest === undefined) throw refuse(403, '403 Forbidden');
  return { status: 200, body: serializePipeline(call, latest) };
}

function show(call: Call): ApiReply {
  return { status: 200, body: serializePipeline(call, lookUpPipeline(call).pipeline) };
}

function remove(call: Call): ApiReply {
  const { project, pipeline } = lookUpPipeline(call, 'owner');
  const index = project.pipelines.indexOf(pipeline);
  if (index < 0) throw notFound();
  project.pipelines.splice(index, 1);
  call.world.pipelines.delete(pipeline.id);
  return { status: 204 };
}

function listVariables(call: Call): ApiReply {
  const { pipeline } = lookUpPipeline(call, 'developer');
  const body = pipeline.variables.map(({ key, value, type }) => ({
    variable_type: type,
    key,
    value,
    raw: false,
  }));
  return { status: 200, body };
}

function retry(call: Call): ApiReply {
  const { pipeline, project } = lookUpPipeline(call, 'developer');
  requireRunOn(call, project, pipeline);
  call.world.act(() => retryPipeline(call.world.around, pipeline, userNameOf(call.caller)));
  return { status: 201, body: serializePipeline(call, pipeline) };
}

/** GitLab answers 200 whatever state the pipeline is in. */
function cancel(call: Call): ApiReply {
  const { pipeline, project } = lookUpPipeline(call, 'developer');
  requireRunOn(call, project, pipeline);
  call.world.act(() => cancelPipeline(call.world.around, pipeline));
  return { status: 200, body: serializePipeline(call, pipeline) };
}
