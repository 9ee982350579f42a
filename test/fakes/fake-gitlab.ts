import { randomUUID } from 'node:crypto';
import type {
  ConnectGitLab,
  GitLab,
  GitLabAccess,
  JobArtifacts,
  PipelineOfRef,
  ReadOptions,
} from '../../src/app/ports/index.ts';
import type { Delivery } from '../../src/domain/delivery.ts';
import { GitLabRefusal } from '../../src/app/ports/gitlab-unavailable.ts';
import type { AppError } from '../../src/domain/error.ts';
import type { PipelineReading, PipelineSnapshot } from '../../src/domain/trigger/event.ts';
import type { DeliveryId, JobId, PipelineId } from '../../src/domain/ids.ts';
import { triggerIdVariable } from '../../src/domain/ids.ts';
import type { FailedJob, Job } from '../../src/domain/trigger/job.ts';
import { failedJobsOf, needsBridges } from '../../src/domain/trigger/job.ts';
import { isSameRef } from '../../src/domain/trigger/ref.ts';
import { phase } from '../../src/domain/trigger/status.ts';
import { parsePayload } from '../../src/gitlab/webhooks/parse-payload.ts';
import { inPipelineOrder } from '../../src/gitlab/schema/read-pipeline.ts';
import type { JobEvent } from '../../simulator/engine/apply-event.ts';
import { applyEvent } from '../../simulator/engine/apply-event.ts';
import { cancelPipeline, dropJob } from '../../simulator/engine/end-job.ts';
import type * as engine from '../../simulator/engine/model.ts';
import { latestJobs } from '../../simulator/engine/model.ts';
import { isPlayable, isRetryable, playJob, retryJob, retryPipeline } from '../../simulator/engine/requeue.ts';
import { jobPayload } from '../../simulator/hooks/job-payload.ts';
import { pipelinePayload } from '../../simulator/hooks/pipeline-payload.ts';
import { parseScenario } from '../../simulator/read-scenario.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import type { PipelineView } from '../../simulator/view.ts';
import { viewPipeline } from '../../simulator/view.ts';
import { postCommitStatus } from '../../simulator/world/commit-statuses.ts';
import { createPipeline } from '../../simulator/world/create-pipeline.ts';
import { findJob, findProject } from '../../simulator/world/find.ts';
import { artifactsOf, listedArtifacts } from '../../simulator/world/job-artifacts.ts';
import { zipOf } from '../../simulator/world/zip.ts';
import { jobScriptOf } from '../../simulator/world/job-script.ts';
import type { Project } from '../../simulator/world/project.ts';
import { inPieces } from '../support/streams.ts';
import { commitOf, pushCommit } from '../../simulator/world/project.ts';
import { runBridges } from '../../simulator/world/run-bridges.ts';
import type { World } from '../../simulator/world/world.ts';
import { createWorld } from '../../simulator/world/world.ts';
import type { Interceptor } from './intercept.ts';
import { createInterceptor } from './intercept.ts';

/**
 * GitLab in memory: the simulator's world behind the port, without HTTP between them, so that time stands still.
 * Every token that is there is good for everything in its line.
 */
export interface FakeGitLab {
  readonly url: string;
  readonly connect: ConnectGitLab;
  /** With which tokens it was connected to, in order. */
  readonly accesses: readonly GitLabAccess[];
  readonly calls: readonly string[];
  readonly next: Interceptor<GitLab>['next'];
  /** Every pipeline there is, in the order they were made. */
  readonly pipelines: () => readonly PipelineView[];
  /** Moves jobs of a pipeline, the newest one unless said otherwise. */
  readonly apply: (event: JobEvent, jobs?: readonly string[], pipelineId?: number) => PipelineView;
  /** Fails the latest job of a name, with GitLab's word for why. */
  readonly fail: (job: string, reason: string, pipelineId?: number) => void;
  readonly push: (project: string, branch: string) => void;
  readonly deletePipeline: (id: number) => void;
  /** The hooks that GitLab would send now, by the project's own secret; about the newest pipeline unless said otherwise. */
  readonly pipelineHook: (pipelineId?: number) => Delivery;
  readonly jobHook: (job: string, pipelineId?: number) => Delivery;
}

const url = 'https://gitlab.example.com';

/** @param scenario as for the simulator; jobs stay where they are until a test moves them */
export function createFakeGitLab(scenario: ScenarioInput, now: () => number = Date.now): FakeGitLab {
  const projects = scenario.projects.map((project) => ({ autoRun: false, ...project }));
  const world = createWorld(parseScenario({ ...scenario, projects }), { now });
  runBridges(world);
  const interceptor = createInterceptor<GitLab>();
  const accesses: GitLabAccess[] = [];

  function pipelineOf(id?: number): engine.CiPipeline {
    const found = id === undefined ? [...world.pipelines.values()].at(-1) : world.pipelines.get(id);
    if (found === undefined) throw new Error(`GitLab has no pipeline ${id ?? 'at all'}`);
    return found;
  }

  const deliver = (event: string, body: Record<string, unknown>): Delivery => ({
    id: `dlv_${randomUUID()}` as DeliveryId,
    receivedAt: now(),
    event,
    instance: url,
    userAgent: 'GitLab/19.1.0-ee',
    credential: { kind: 'project', origin: url, isCurrent: true },
    payload: parsePayload(event, body),
    body: JSON.stringify(body),
  });

  return {
    url,
    connect: (access) => {
      accesses.push(access);
      return interceptor.wrap(portOf(world, access));
    },
    accesses,
    calls: interceptor.calls,
    next: interceptor.next,
    pipelines: () => [...world.pipelines.keys()].map((id) => viewPipeline(world, id)),
    apply: (event, jobs, id) => {
      const pipeline = pipelineOf(id);
      actOn(world, () => applyEvent(world.around, pipeline, event, jobs));
      return viewPipeline(world, pipeline.id);
    },
    fail: (name, reason, id) => {
      const pipeline = pipelineOf(id);
      const job = latestJobs(pipeline).find(({ definition }) => definition.name === name);
      if (job !== undefined) actOn(world, () => dropJob(world.around, pipeline, job, reason));
    },
    push: (path, branch) => {
      const project = findProject(world, path);
      if (project !== undefined) pushCommit(project, branch, now());
    },
    deletePipeline: (id) => {
      const project = world.projects.get(pipelineOf(id).projectId);
      const index = project?.pipelines.findIndex((pipeline) => pipeline.id === id) ?? -1;
      if (index >= 0) project?.pipelines.splice(index, 1);
      world.pipelines.delete(id);
    },
    pipelineHook: (id) => deliver('Pipeline Hook', pipelinePayload({ world, baseUrl: url }, pipelineOf(id))),
    jobHook: (name, id) => {
      const pipeline = pipelineOf(id);
      const job = latestJobs(pipeline).find(({ definition }) => definition.name === name);
      if (job === undefined) throw new Error(`pipeline ${pipeline.id} has no job ${name}`);
      return deliver('Job Hook', jobPayload({ world, baseUrl: url }, pipeline, job, job.status));
    },
  };
}

/** Changes something with all that follows: no time passes here, so nothing can come later. */
function actOn(world: World, change: () => void): void {
  world.act(change);
  world.catchUp();
}

/** The port, as one caller sees it. Refusals are in GitLab's words. */
function portOf(world: World, { apiToken, triggerToken }: GitLabAccess): GitLab {
  function lookUpProject(idOrPath: string): Project {
    if (apiToken === null) throw refused('401 Unauthorized');
    const found = findProject(world, idOrPath);
    if (found === undefined) throw notFound('404 Project Not Found');
    return found;
  }

  function lookUpPipeline(project: string, id: PipelineId): engine.CiPipeline {
    const pipeline = world.pipelines.get(id);
    if (pipeline?.projectId !== lookUpProject(project).scenario.id) throw notFound('404 Not found');
    return pipeline;
  }

  function lookUpJob(project: string, id: JobId) {
    const found = findJob(lookUpProject(project).pipelines, (job) => job.id === id);
    if (found === undefined) throw notFound('404 Not found');
    return found;
  }

  const pipelinesOf = (project: string, ref: string): readonly engine.CiPipeline[] =>
    lookUpProject(project)
      .pipelines.filter((pipeline) => isSameRef(pipeline.ref, ref))
      .toReversed();

  function traceOf(project: string, id: JobId): string {
    const { pipeline, job } = lookUpJob(project, id);
    if (isBridge(job)) throw notFound('404 Not found');
    return job.startedAt === null ? '' : jobScriptOf(world.scenario, pipeline, job).trace;
  }

  function leftBehind(project: string, id: JobId) {
    const { pipeline, job } = lookUpJob(project, id);
    const left = artifactsOf(world.scenario, pipeline, job);
    if (left.isPrivate) throw refused('403 Forbidden');
    if (left.hasExpired) throw notFound('404 Not found');
    return left;
  }

  const withTraces = (project: string, failed: readonly FailedJob[]): readonly FailedJob[] =>
    failed.map((job) => ({ ...job, traceTail: traceOf(project, job.id).trimEnd() }));

  function readPipeline(
    project: string,
    id: PipelineId,
    { traces, bridges: wantsBridges }: ReadOptions,
  ): PipelineReading {
    const pipeline = lookUpPipeline(project, id);
    const latest = latestJobs(pipeline);
    const own = latest.filter((job) => !isBridge(job)).map(jobFrom);
    const seesBridges = wantsBridges ?? needsBridges(pipeline.status, own);
    const bridges = seesBridges ? latest.filter(isBridge).map((job) => bridgeFrom(world, job)) : [];
    const jobs = inPipelineOrder([...own, ...bridges]);
    const failed = pipeline.status === 'success' ? [] : failedJobsOf(jobs);
    const wantsTraces = traces && phase(pipeline.status) !== 'alive';
    return {
      ...snapshotFrom(world, pipeline),
      jobs,
      failedJobs: wantsTraces ? withTraces(project, failed) : failed,
      showsBridges: seesBridges,
    };
  }

  function cancel(pipeline: engine.CiPipeline): void {
    if (phase(pipeline.status) !== 'complete') cancelPipeline(world.around, pipeline);
    for (const { downstreamId } of latestJobs(pipeline)) {
      const child = downstreamId === null ? undefined : world.pipelines.get(downstreamId);
      if (child?.projectId === pipeline.projectId) cancel(child);
    }
  }

  function create({ project, ref, variables, inputs }: Parameters<GitLab['createPipeline']>[0]) {
    const found = findProject(world, project);
    if (found === undefined) throw notFound('404 Not Found');
    const creation = createPipeline(world, {
      project: found,
      ref,
      variables: Object.entries(variables).map(([key, value]) => ({ key, value, type: 'env_var' })),
      inputs,
      source: triggerToken === null ? 'api' : 'trigger',
      userName: 'root',
      keepsBroken: triggerToken !== null,
    });
    if (creation.kind === 'refused') throw refused(creation.errors.join(', '));
    const configError = creation.kind === 'broken' ? creation.errors.join(', ') : null;
    const pipeline = snapshotFrom(world, creation.pipeline);
    world.catchUp();
    return { pipeline, configError };
  }

  return asynchronous({
    createPipeline: (order) => {
      if (apiToken === null && triggerToken === null) throw refused('401 Unauthorized');
      return create(order);
    },
    findPipeline: (project, ref, id, since) => {
      const found = pipelinesOf(project, ref).findLast(
        ({ createdAt, variables }) =>
          createdAt > since && variables.some(({ key, value }) => key === triggerIdVariable && value === id),
      );
      return found === undefined ? null : ofRef(world, found);
    },
    findStarted: (project, pipelineId, { ref, source, id }) => {
      const found = lookUpPipeline(project, pipelineId);
      const isWanted = isSameRef(found.ref, ref) && (source === null || found.source === source);
      const isOurs = found.variables.some(({ key, value }) => key === triggerIdVariable && value === id);
      const isMadeByApi = ['api', 'trigger', 'pipeline'].includes(found.source);
      return isWanted && isMadeByApi && isOurs ? snapshotFrom(world, found) : null;
    },
    pipelinesAfter: (project, ref, id) => {
      const sources = triggerToken === null ? ['api'] : ['trigger', 'pipeline'];
      return pipelinesOf(project, ref)
        .filter((pipeline) => pipeline.id > id && sources.includes(pipeline.source))
        .map((pipeline) => ofRef(world, pipeline));
    },
    newestPipeline: (project, ref) => {
      const [newest] = pipelinesOf(project, ref);
      return newest === undefined ? null : ofRef(world, newest);
    },
    listPipelines: (project, ids, updatedAfter) => {
      const { id: projectId } = lookUpProject(project).scenario;
      return ids
        .flatMap((id) => world.pipelines.get(id) ?? [])
        .filter((pipeline) => pipeline.projectId === projectId && pipeline.source !== 'parent_pipeline')
        .filter(({ updatedAt }) => updatedAt > updatedAfter)
        .map((pipeline) => snapshotFrom(world, pipeline));
    },
    showPipeline: (project, id) => ofRef(world, lookUpPipeline(project, id)),
    tipOf: (project, ref) => {
      const tip = commitOf(lookUpProject(project), ref);
      if (tip === undefined) throw notFound('404 Commit Not Found');
      return tip.sha;
    },
    readPipeline,
    checkProject: (project) => void lookUpProject(project),
    nameProject: (project) => {
      const { id, path } = lookUpProject(project).scenario;
      return { id: String(id), path };
    },
    playJob: (project, id, variables = {}) => {
      const { pipeline, job } = lookUpJob(project, id);
      if (isProtected(world, job, pipeline)) throw refused('403 Forbidden');
      if (!isPlayable(job)) throw refused('400 Bad request - Unplayable Job');
      const sent = Object.entries(variables).map(([key, value]) => ({
        key,
        value,
        type: 'env_var' as const,
      }));
      if (sent.length > 0 && refusesVariables(world, pipeline)) throw refused('403 Forbidden');
      job.variables = [...job.variables, ...sent];
      actOn(world, () => playJob(world.around, pipeline, job));
    },
    retryPipeline: (project, id) => {
      const pipeline = lookUpPipeline(project, id);
      actOn(world, () => retryPipeline(world.around, pipeline));
    },
    retryJob: (project, id) => {
      const { pipeline, job } = lookUpJob(project, id);
      if (!isRetryable(job)) throw refused('403 Forbidden - Job is not retryable');
      actOn(world, () => retryJob(world.around, pipeline, job));
    },
    hasFailedStatus: (project, { pipelineId }) =>
      (lookUpPipeline(project, pipelineId).commitStatuses ?? []).some(
        ({ status, retried }) => status === 'failed' && !retried,
      ),
    cancelPipeline: (project, id) => {
      const pipeline = lookUpPipeline(project, id);
      actOn(world, () => cancel(pipeline));
    },
    postCommitStatus: (project, { sha, pipelineId, name, state, targetUrl, description }) => {
      const found = lookUpProject(project);
      const wanted = { sha, state, name, pipelineId, targetUrl, description, ref: null, userName: 'root' };
      const result = postCommitStatus(world, found, wanted);
      if (result.kind === 'refused')
        throw result.code === 404 ? notFound(result.message) : refused(result.message);
    },
    commitStatuses: (project, { sha, name, pipelineId }) =>
      lookUpProject(project)
        .pipelines.filter((pipeline) => pipeline.sha === sha && pipeline.id === pipelineId)
        .flatMap(({ commitStatuses = [] }) => commitStatuses)
        .filter((status) => status.name === name && !status.retried)
        .map(({ status, targetUrl }) => ({ state: status, targetUrl })),
    withTraces,
    jobArtifacts: (project, id) =>
      latestJobs(lookUpPipeline(project, id))
        .filter((job) => !isBridge(job))
        .map((job) => jobArtifactsFrom(world, lookUpPipeline(project, id), job)),
    artifactsOfJob: (project, id) => {
      const { pipeline, job } = lookUpJob(project, id);
      return jobArtifactsFrom(world, pipeline, job);
    },
    readArtifact: (project, id, path) => {
      const { files } = leftBehind(project, id);
      const name = path?.join('/');
      const text = files === null || name === undefined ? undefined : files[name];
      if (files === null || (name !== undefined && text === undefined)) throw notFound('404 Not found');
      const bytes = text === undefined ? zipOf(files) : Buffer.from(text);
      return { length: bytes.length, pieces: bytePieces(bytes) };
    },
    readDotenv: (project, id) => {
      const { dotenv } = leftBehind(project, id);
      if (dotenv === null) throw notFound('404 Not found');
      return dotenv;
    },
    readTrace: (project, id) => inPieces(...(traceOf(project, id).match(/[^]{1,9}/g) ?? [])),
    pauseMs: () => 0,
  });
}

function jobArtifactsFrom(world: World, pipeline: engine.CiPipeline, job: engine.CiJob): JobArtifacts {
  const rows = listedArtifacts(artifactsOf(world.scenario, pipeline, job));
  return {
    id: job.id as JobId,
    name: job.definition.name,
    pipelineId: pipeline.id as PipelineId,
    artifacts: rows.map(({ file_type: type, filename: file, size }) => ({ type, file, size })),
  };
}

// eslint-disable-next-line @typescript-eslint/require-await -- the port's pieces come one by one
async function* bytePieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += 9) yield bytes.subarray(from, from + 9);
}

/** A port whose methods return their answers directly instead of promises. */
type Synchronous<Port> = {
  readonly [Name in keyof Port]: Port[Name] extends (...args: infer Args) => Promise<infer Answer>
    ? (...args: Args) => Answer
    : never;
};

const asynchronous = (methods: Synchronous<GitLab>): GitLab =>
  Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      // eslint-disable-next-line @typescript-eslint/require-await -- so that what is thrown is a rejection
      async (...args: never[]): Promise<unknown> => (method as (...args: never[]) => unknown)(...args),
    ]),
  ) as unknown as GitLab;

/** The number that GitLab's words begin with, if they do. */
const refused = (message: string): AppError =>
  new GitLabRefusal(Number.parseInt(message, 10) || 400, message);
const notFound = (message: string): AppError => new GitLabRefusal(404, message);

const isBridge = ({ definition }: engine.CiJob): boolean => definition.trigger !== null;

const isProtected = (world: World, { definition }: engine.CiJob, { projectId }: engine.CiPipeline): boolean =>
  world.projects
    .get(projectId)
    ?.scenario.protectedEnvironments.includes(definition.environment?.name ?? '') === true;

const refusesVariables = (world: World, { projectId }: engine.CiPipeline): boolean =>
  world.projects.get(projectId)?.scenario.refusesPipelineVariables === true;

const snapshotFrom = (world: World, { id, projectId, status }: engine.CiPipeline): PipelineSnapshot => ({
  id: id as PipelineId,
  projectId,
  status,
  webUrl: `${url}/${world.projects.get(projectId)?.scenario.path ?? ''}/-/pipelines/${id}`,
  jobs: null,
});

const ofRef = (world: World, pipeline: engine.CiPipeline): PipelineOfRef => ({
  ...snapshotFrom(world, pipeline),
  ref: pipeline.ref,
  sha: pipeline.sha,
});

const jobFrom = ({ id, status, failureReason, definition }: engine.CiJob): Job => ({
  id: id as JobId,
  name: definition.name,
  stage: definition.stage,
  status,
  allowFailure: definition.allowFailure,
  failureReason,
  webUrl: `${url}/-/jobs/${id}`,
});

function bridgeFrom(world: World, job: engine.CiJob): Job {
  const started = job.downstreamId === null ? undefined : world.pipelines.get(job.downstreamId);
  if (started === undefined) return { ...jobFrom(job), downstream: null };
  const { id, projectId, status, webUrl } = snapshotFrom(world, started);
  const isOutlived = job.finishedAt === null ? null : job.finishedAt >= started.updatedAt;
  const changedAt = new Date(started.updatedAt).toISOString();
  return { ...jobFrom(job), downstream: { id, projectId, status, webUrl, changedAt, isOutlived } };
}
