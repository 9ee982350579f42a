import type { UpstreamPipeline, Variable } from '../engine/model.ts';
import { serializePipeline } from '../serializers/pipeline.ts';
import { createPipeline } from '../world/create-pipeline.ts';
import { findProject } from '../world/find.ts';
import type { Project } from '../world/project.ts';
import { findRunningJob } from './authenticate.ts';
import type { Call, ApiRoute } from './call.ts';
import { ownerOf } from './triggers.ts';
import { Refusal, refuse, refuseInput } from './reply.ts';
import type { ApiReply } from './reply.ts';
import { readInputs, readRef } from './read-pipeline-input.ts';

/** The two addresses of the trigger endpoint. Source: GitLab lib/api/ci/triggers.rb */
export const triggerRoutes: readonly ApiRoute[] = [
  { method: 'post', path: '/projects/:id/trigger/pipeline', audience: 'anyone', answer: trigger },
  { method: 'post', path: '/projects/:id/ref/:ref/trigger/pipeline', audience: 'anyone', answer: trigger },
];

function trigger(call: Call): ApiReply {
  // GitLab refuses to let one of its own hooks trigger pipelines: that would be an endless chain.
  if (call.headers['x-gitlab-event'] === 'Pipeline Hook') throw refuse(403, '403 Forbidden');
  const ref = readRef(call);
  const { token } = call.input;
  if (typeof token !== 'string' || token === '') throw refuseInput('token is missing');
  const variables = readVariableMap(call.input['variables']);
  const project = findProject(call.world, call.params['id'] ?? '');
  if (project === undefined) throw refuse(404, '404 Not Found');
  const from = whoTriggers(call, project, token);
  const creation = createPipeline(call.world, {
    project,
    ref,
    variables,
    inputs: readInputs(call),
    keepsBroken: true,
    ...from,
  });
  if (creation.kind === 'refused') throw refuse(400, { base: creation.errors });
  if (creation.kind === 'broken' && call.world.scenario.configErrorAnswers === '422') {
    throw refuse(422, { base: creation.errors });
  }
  return { status: 201, body: serializePipeline(call, creation.pipeline) };
}

type Origin = {
  readonly source: string;
  readonly userName: string;
  readonly upstream: UpstreamPipeline | null;
};

/** A trigger token acts as its owner; a CI_JOB_TOKEN also makes its pipeline the upstream one. */
function whoTriggers({ world }: Call, project: Project, token: string): Origin {
  const trigger = project.triggers.find((each) => each.token === token);
  if (trigger !== undefined) {
    trigger.lastUsed = world.around.now();
    return { source: 'trigger', userName: ownerOf(world, trigger), upstream: null };
  }
  const found = findRunningJob(world, token);
  if (found === undefined) {
    // GitLab knows a job token by its prefix; any other unknown token does not betray the project.
    if (token.startsWith('glcbt-')) throw refuse(401, '401 Unauthorized');
    throw refuse(404, '404 Not Found');
  }
  const { pipeline, job } = found;
  const upstream = { projectId: pipeline.projectId, pipelineId: pipeline.id, jobId: job.id, byBridge: false };
  return { source: 'pipeline', userName: pipeline.userName, upstream };
}

function readVariableMap(value: unknown): Variable[] {
  if (value === undefined || value === null || value === '') return [];
  const entries = typeof value === 'object' && !Array.isArray(value) ? Object.entries(value) : null;
  if (entries?.every((entry): entry is [string, string] => typeof entry[1] === 'string') !== true) {
    throw new Refusal({
      status: 400,
      body: { message: '400 Bad request - variables needs to be a map of key-valued strings' },
    });
  }
  return entries.map(([key, text]) => ({ key, value: text, type: 'env_var' }));
}
