import { Commits, Jobs, Pipelines } from '@gitbeaker/rest';
import type { ConnectGitLab, GitLab, GitLabAccess, ReadOptions } from '../../app/ports/index.ts';
import { AppError } from '../../domain/error.ts';
import type { PipelineReading } from '../../domain/trigger/event.ts';
import { redactSecrets } from '../../domain/redact-secrets.ts';
import type { PipelineId } from '../../domain/ids.ts';
import type { FailedJob, Job } from '../../domain/trigger/job.ts';
import { failedJobsOf, isBlocking, isRequiredFailure } from '../../domain/trigger/job.ts';
import { phase } from '../../domain/trigger/status.ts';
import type { TriggerIdCache } from './trigger-id-cache.ts';
import { createTriggerIdCache } from './trigger-id-cache.ts';
import type { ConnectDeps } from './connect.ts';
import { createConnect } from './connect.ts';
import { createPipeline } from './create-pipeline.ts';
import { mapErrors } from './map-errors.ts';
import { createPipelineFinder } from './find-pipelines.ts';
import { listPipelines } from './list-pipelines.ts';
import { projectPath } from './project-path.ts';
import {
  inPipelineOrder,
  jobFrom,
  parseJobs,
  parsePipeline,
  pipelineFrom,
  snapshotOf,
} from '../schema/read-pipeline.ts';
import type { Requester } from './requester.ts';
import { secretsIn } from './secrets-in.ts';
import { traceTail } from './trace-tail.ts';

const perPage = 100;
/** How many failed jobs' logs a caller is shown the end of. */
const shownTraces = 5;

/** GitLab's own limit for one request is a minute; a waiting caller has more use of a second try. */
const usualTimeoutMs = 10_000;

/** GitLab's REST API through @gitbeaker/rest, over a requester of our own. */
export function createGitLabConnector(deps: ConnectDeps): ConnectGitLab {
  const { clock } = deps;
  const connect = createConnect(deps, usualTimeoutMs);
  const cachedIdOf = createTriggerIdCache();
  return (access) => {
    const { rateLimit, requester } = connect(access);
    const pauseMs = (): Promise<number> => Promise.resolve(rateLimit.pauseMs(clock.now()));
    const client = createClient(access, requester(), cachedIdOf(access.url));
    return mapErrors({ ...client, pauseMs });
  };
}

function createClient(
  access: GitLabAccess,
  requester: Requester,
  triggerIdCache: TriggerIdCache,
): Omit<GitLab, 'pauseMs'> {
  const { url, apiToken, triggerToken } = access;
  const options = {
    host: url,
    token: apiToken ?? '',
    requesterFn: () => requester as never,
    queryTimeout: null,
  };
  const [pipelines, jobs, commits] = [new Pipelines(options), new Jobs(options), new Commits(options)];

  async function jobsOf(project: string, pipelineId: number) {
    return parseJobs(await jobs.all(project, { pipelineId, perPage }));
  }

  /** Newer GitLab calls them trigger jobs; older ones know only bridges. */
  async function bridgesOf(project: string, id: PipelineId) {
    const path = `${projectPath(project)}/pipelines/${id}`;
    try {
      return parseJobs((await requester.get(`${path}/trigger_jobs`, { searchParams: { perPage } })).body);
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'not_found')) throw error;
      return parseJobs(await jobs.allPipelineBridges(project, id, { perPage } as never));
    }
  }

  const traceOf = (project: string, jobId: number): Promise<AsyncIterable<string>> =>
    requester.stream(`${projectPath(project)}/jobs/${jobId}/trace`);

  const withTraces = (project: string, failed: readonly FailedJob[]): Promise<readonly FailedJob[]> =>
    Promise.all(
      failed.map(async (job, index) => ({
        ...job,
        traceTail: index < shownTraces ? await traceTail(() => traceOf(project, job.id)) : '',
      })),
    );

  async function readPipeline(
    project: string,
    id: PipelineId,
    { traces, bridges: wantsBridges = false }: ReadOptions,
  ): Promise<PipelineReading> {
    const rows = await jobsOf(project, id);
    // Each job names its pipeline's status: one request shows both, unless there are no jobs.
    const shown = rows[0]?.pipeline;
    const isShown = shown?.id === id && shown.status != null;
    const pipeline = pipelineFrom(isShown ? shown : parsePipeline(await pipelines.show(project, id)));
    const own = rows.map(jobFrom);
    const seesBridges = wantsBridges || needsBridges(pipeline.status, own);
    const bridges = seesBridges ? (await bridgesOf(project, id)).map(jobFrom) : [];
    const latest = inPipelineOrder([...own, ...bridges]);
    const failed = pipeline.status === 'success' ? [] : failedJobsOf(latest);
    const failedJobs =
      traces && phase(pipeline.status) !== 'alive' ? await withTraces(project, failed) : failed;
    return { ...pipeline, jobs: latest, failedJobs };
  }

  async function cancel(project: string, id: PipelineId): Promise<void> {
    const { projectId } = pipelineFrom(parsePipeline(await pipelines.cancel(project, id)));
    await cancelChildren(project, id, projectId);
  }

  /** A child that has ended may have children that go on. */
  async function cancelChildren(project: string, id: PipelineId, projectId: number): Promise<void> {
    const children = (await bridgesOf(project, id))
      .flatMap(({ downstream_pipeline: child }) => (child == null ? [] : [pipelineFrom(child)]))
      .filter((child) => child.projectId === projectId);
    for (const child of children) {
      if (phase(child.status) !== 'complete') await pipelines.cancel(project, child.id);
      await cancelChildren(project, child.id, projectId);
    }
  }

  return {
    async createPipeline(order) {
      const created = await createPipeline(requester, order, triggerToken);
      const { yaml_errors: yamlErrors, ...pipeline } = parsePipeline(created);
      const hasErrors = pipeline.status === 'failed' && yamlErrors;
      const configError = hasErrors ? redactSecrets(secretsIn(order))(yamlErrors) : null;
      return { pipeline: snapshotOf(pipelineFrom(pipeline)), configError };
    },

    ...createPipelineFinder(access, requester, pipelines, triggerIdCache),
    listPipelines: (project, ids, updatedAfter) => listPipelines(requester, project, ids, updatedAfter),
    showPipeline: async (project, id) => pipelineFrom(parsePipeline(await pipelines.show(project, id))),
    tipOf: async (project, ref) => (await commits.show(project, ref)).id,
    readPipeline,
    playJob: async (project, id) => {
      await jobs.play(project, id);
    },
    retryPipeline: async (project, id) => {
      await pipelines.retry(project, id);
    },
    cancelPipeline: cancel,
    readTrace: traceOf,
    withTraces,
  };
}

/** Bridges are not among the jobs: they matter where the jobs alone do not explain the status. */
function needsBridges(status: string, jobs: readonly Job[]): boolean {
  if (jobs.length === 0) return true;
  if (status === 'manual') return !jobs.some(isBlocking);
  return status === 'failed' && !jobs.some(isRequiredFailure);
}
