import { cancelJob } from '../engine/end-job.ts';
import type { CiJob, CiPipeline, Variable } from '../engine/model.ts';
import { isPlayable, isRetryable, playJob, retryJob } from '../engine/requeue.ts';
import { statuses } from '../engine/status.ts';
import { serializeBridge, serializeJob } from '../serializers/job.ts';
import { jobScriptOf } from '../world/job-script.ts';
import type { Project } from '../world/project.ts';
import { userNameOf } from './authenticate.ts';
import type { Call, ApiRoute } from './call.ts';
import { lookUpJob, lookUpPipeline, lookUpProject, requireRunOn } from './look-up.ts';
import { paginate } from './paginate.ts';
import { readFlag, readList, readVariableList } from './read-pipeline-input.ts';
import { notFound, refuse, refuseInput } from './reply.ts';
import type { ApiReply } from './reply.ts';

const ofPipeline = '/projects/:id/pipelines/:pipeline_id';

/** Jobs and bridges. Source: GitLab lib/api/ci/jobs.rb, lib/api/ci/pipelines.rb */
export const jobRoutes: readonly ApiRoute[] = [
  { method: 'get', path: '/projects/:id/jobs', answer: listOfProject },
  { method: 'get', path: `${ofPipeline}/jobs`, audience: 'job', answer: listJobs },
  { method: 'get', path: `${ofPipeline}/bridges`, audience: 'job', answer: listBridges },
  { method: 'get', path: `${ofPipeline}/trigger_jobs`, audience: 'job', answer: listTriggerJobs },
  { method: 'get', path: '/projects/:id/jobs/:job_id', answer: show },
  { method: 'get', path: '/projects/:id/jobs/:job_id/trace', answer: showTrace },
  { method: 'post', path: '/projects/:id/jobs/:job_id/play', answer: play },
  { method: 'post', path: '/projects/:id/jobs/:job_id/retry', answer: retry },
  { method: 'post', path: '/projects/:id/jobs/:job_id/cancel', answer: cancel },
];

function listJobs(call: Call): ApiReply {
  const { pipeline } = lookUpPipeline(call);
  const jobs = select(call, pipeline.jobs).filter((job) => !isBridge(job));
  return paginate(call, jobs, (job) => serializeJob(call, pipeline, job));
}

function listBridges(call: Call): ApiReply {
  const { pipeline } = lookUpPipeline(call);
  return paginate(call, select(call, pipeline.jobs).filter(isBridge), (job) =>
    serializeBridge(call, pipeline, job),
  );
}

function listTriggerJobs(call: Call): ApiReply {
  if (!call.world.scenario.knowsTriggerJobs) return { status: 404, body: { error: '404 Not Found' } };
  return listBridges(call);
}

function listOfProject(call: Call): ApiReply {
  const { pipelines } = lookUpProject(call);
  const owners = new Map(
    pipelines.flatMap((pipeline) => pipeline.jobs.map((job) => [job, pipeline] as const)),
  );
  const jobs = select(call, [...owners.keys()]).filter((job) => !isBridge(job));
  return paginate(call, jobs, (job) => present(call, owners.get(job) as CiPipeline, job));
}

/** Newest first; without the retried ones unless asked for; only of the statuses asked for. */
function select({ input }: Call, jobs: readonly CiJob[]): CiJob[] {
  const wanted = readList(input['scope']);
  if (!wanted.every((status) => statuses.some((each) => each === status))) {
    throw refuseInput('scope does not have a valid value');
  }
  const withRetried = readFlag(input, 'include_retried');
  return jobs
    .filter((job) => withRetried || !job.retried)
    .filter((job) => wanted.length === 0 || wanted.includes(job.status))
    .sort((a, b) => b.id - a.id);
}

function isBridge(job: CiJob): boolean {
  return job.definition.trigger !== null;
}

function present(call: Call, pipeline: CiPipeline, job: CiJob): unknown {
  return isBridge(job) ? serializeBridge(call, pipeline, job) : serializeJob(call, pipeline, job);
}

function show(call: Call): ApiReply {
  const { pipeline, job } = lookUpJob(call);
  if (isBridge(job)) throw notFound();
  return { status: 200, body: serializeJob(call, pipeline, job) };
}

/** Empty until the job has started. */
function showTrace(call: Call): ApiReply {
  const { pipeline, job } = lookUpJob(call);
  if (isBridge(job)) throw notFound();
  return {
    status: 200,
    body: job.startedAt === null ? '' : jobScriptOf(call.world.scenario, pipeline, job).trace,
  };
}

/**
 * Not idempotent: a finished manual job runs once more, as a new job. Whether it can be played is checked before the right
 * to send variables. Source: GitLab app/services/ci/play_build_service.rb
 */
function play(call: Call): ApiReply {
  const { pipeline, job, project } = lookUpJob(call, 'developer');
  requireRunOn(call, project, pipeline);
  mayDeploy(project, job);
  if (!isPlayable(job)) throw refuse(400, '400 Bad request - Unplayable Job');
  const variables = readVariableList(call.input['job_variables_attributes'], 'job_variables_attributes');
  if (variables.length > 0 && project.scenario.refusesPipelineVariables) throw refuse(403, '403 Forbidden');
  const played = call.world.act(() => {
    if (variables.length > 0) job.variables = merge(job.variables, variables);
    return playJob(call.world.around, pipeline, job, userNameOf(call.caller));
  });
  return { status: 200, body: present(call, pipeline, played) };
}

function retry(call: Call): ApiReply {
  const { pipeline, job, project } = lookUpJob(call, 'developer');
  requireRunOn(call, project, pipeline);
  mayDeploy(project, job);
  if (!isRetryable(job)) throw refuse(403, '403 Forbidden - Job is not retryable');
  const again = call.world.act(() => retryJob(call.world.around, pipeline, job, userNameOf(call.caller)));
  return { status: 201, body: present(call, pipeline, again) };
}

function cancel(call: Call): ApiReply {
  const { pipeline, job, project } = lookUpJob(call, 'developer');
  requireRunOn(call, project, pipeline);
  call.world.act(() => cancelJob(call.world.around, pipeline, job));
  return { status: 201, body: present(call, pipeline, job) };
}

function mayDeploy({ scenario }: Project, { definition }: CiJob): void {
  if (definition.environment === null) return;
  if (scenario.protectedEnvironments.includes(definition.environment.name))
    throw refuse(403, '403 Forbidden');
}

function merge(old: readonly Variable[], added: readonly Variable[]): Variable[] {
  return [...old.filter(({ key }) => !added.some((variable) => variable.key === key)), ...added];
}
