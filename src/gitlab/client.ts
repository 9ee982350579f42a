import { Gitlab } from '@gitbeaker/rest';
import { ZodError } from 'zod';
import type { Clock, ConnectGitLab, GitLab, GitLabAccess, PipelineOrder } from '../app/ports.ts';
import { GitLabUnavailable } from '../app/unavailable.ts';
import { AppError } from '../domain/error.ts';
import type { PipelineReading, PipelineSnapshot } from '../domain/event.ts';
import type { PipelineId, TriggerId } from '../domain/ids.ts';
import { triggerIdVariable } from '../domain/ids.ts';
import type { FailedJob, Job } from '../domain/job.ts';
import { failedJobsOf, isBlocking, isRequiredFailure } from '../domain/job.ts';
import { phase } from '../domain/status.ts';
import type { RateLimit } from './rate-limit.ts';
import { createRateLimit } from './rate-limit.ts';
import {
  inPipelineOrder,
  jobFrom,
  parseJob,
  parseJobs,
  parsePipeline,
  parsePipelines,
  pipelineFrom,
} from './read-pipeline.ts';
import { createRequester } from './requester.ts';
import { traceTail } from './trace-tail.ts';

interface Deps {
  readonly clock: Clock;
  readonly fetch?: typeof globalThis.fetch;
  /** For one request. GitLab's own limit for one is a minute; a waiting caller has more use of a second try. */
  readonly timeoutMs?: number;
}

const perPage = 100;
/** How many failed jobs' logs a caller is shown the end of. */
const shownTraces = 5;
/** Our variable is looked for in so many pipelines of the ref, newest first. */
const searchedPipelines = 20;

/** GitLab's REST API through @gitbeaker/rest, over a requester of our own. */
export function gitLabConnector({ clock, fetch = globalThis.fetch, timeoutMs = 10_000 }: Deps): ConnectGitLab {
  const rateLimits = new Map<string, RateLimit>();
  return (access) => {
    const key = `${access.url} ${access.apiToken ?? access.triggerToken ?? ''}`;
    const rateLimit = rateLimits.get(key) ?? createRateLimit();
    rateLimits.set(key, rateLimit);
    const requester = createRequester(`${access.url}/api/v4`, {
      fetch,
      clock,
      rateLimit,
      apiToken: access.apiToken,
      timeoutMs,
    });
    return explained(createClient(access, requester));
  };
}

function createClient({ url, apiToken, triggerToken }: GitLabAccess, requester: ReturnType<typeof createRequester>): GitLab {
  const api = new Gitlab({ host: url, token: apiToken ?? '', requesterFn: () => requester as never, queryTimeout: null });

  async function jobsOf(project: string, pipelineId: number) {
    return parseJobs(await api.Jobs.all(project, { pipelineId, perPage }));
  }

  /** Newer GitLab calls them trigger jobs; older ones know only bridges. */
  async function bridgesOf(project: string, id: PipelineId) {
    const path = `projects/${encodeURIComponent(project)}/pipelines/${id}`;
    try {
      return parseJobs((await requester.get(`${path}/trigger_jobs`, { searchParams: { perPage } })).body);
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'not_found')) throw error;
      return parseJobs(await api.Jobs.allPipelineBridges(project, id, { perPage } as never));
    }
  }

  async function traceOf(project: string, jobId: number): Promise<string> {
    const { body } = await requester.get(`projects/${encodeURIComponent(project)}/jobs/${jobId}/trace`);
    return typeof body === 'string' ? body : '';
  }

  const withTraces = (project: string, failed: readonly FailedJob[]): Promise<readonly FailedJob[]> =>
    Promise.all(
      failed.map(async (job, index) => ({
        ...job,
        traceTail: index < shownTraces ? await traceTail(() => traceOf(project, job.id)) : '',
      })),
    );

  async function readPipeline(project: string, id: PipelineId, traces: boolean): Promise<PipelineReading> {
    const rows = await jobsOf(project, id);
    // Each job names its pipeline's status: one request shows both, unless there are no jobs.
    const row = rows[0]?.pipeline ?? parsePipeline(await api.Pipelines.show(project, id));
    const pipeline = pipelineFrom(row);
    const own = rows.map(jobFrom);
    const bridges = needsBridges(pipeline.status, own) ? (await bridgesOf(project, id)).map(jobFrom) : [];
    const jobs = inPipelineOrder([...own, ...bridges]);
    const failed = pipeline.status === 'success' ? [] : failedJobsOf(jobs);
    const failedJobs = traces && phase(pipeline.status) !== 'alive' ? await withTraces(project, failed) : failed;
    return { ...pipeline, jobs, failedJobs };
  }

  async function cancel(project: string, id: PipelineId): Promise<void> {
    const { projectId } = pipelineFrom(parsePipeline(await api.Pipelines.cancel(project, id)));
    const children = (await bridgesOf(project, id))
      .flatMap(({ downstream_pipeline: child }) => (child == null ? [] : [pipelineFrom(child)]))
      .filter((child) => child.projectId === projectId && phase(child.status) !== 'complete');
    for (const child of children) await cancel(project, child.id);
  }

  async function carriesId(project: string, pipelineId: number, id: TriggerId): Promise<boolean> {
    const variables = await api.Pipelines.allVariables(project, pipelineId);
    return variables.some(({ key, value }) => key === triggerIdVariable && value === id);
  }

  return {
    async createPipeline(order) {
      const created = await (triggerToken === null
        ? createWithApiToken(requester, order)
        : createWithTriggerToken(requester, order, triggerToken));
      const { yaml_errors: yamlErrors, ...pipeline } = parsePipeline(created);
      const configError = pipeline.status === 'failed' && yamlErrors ? yamlErrors : null;
      return { pipeline: snapshotOf(pipelineFrom(pipeline)), configError };
    },

    async findPipeline(project, ref, id, since) {
      const query = { ref, perPage: searchedPipelines, page: 1, orderBy: 'id', sort: 'desc' } as const;
      const rows = await api.Pipelines.all(project, { ...query, createdAfter: new Date(since).toISOString() } as never);
      for (const row of parsePipelines(rows))
        if (await carriesId(project, row.id, id)) return snapshotOf(pipelineFrom(row));
      return null;
    },

    async newestPipeline(project, ref) {
      const query = { ref, perPage: 1, page: 1, orderBy: 'id', sort: 'desc' } as const;
      const [newest] = parsePipelines(await api.Pipelines.all(project, query));
      return newest === undefined ? null : pipelineFrom(newest);
    },

    showPipeline: async (project, id) => pipelineFrom(parsePipeline(await api.Pipelines.show(project, id))),
    tipOf: async (project, ref) => (await api.Commits.show(project, ref)).id,
    readPipeline: (project, id, { traces }) => readPipeline(project, id, traces),
    readJob: async (project, id) => jobFrom(parseJob(await api.Jobs.show(project, id))),
    playJob: async (project, id) => {
      await api.Jobs.play(project, id);
    },
    retryPipeline: async (project, id) => {
      await api.Pipelines.retry(project, id);
    },
    cancelPipeline: cancel,
    readTrace: traceOf,
    withTraces,
  };
}

const snapshotOf = ({ id, projectId, status, webUrl }: PipelineSnapshot): PipelineSnapshot => ({
  id,
  projectId,
  status,
  webUrl,
  jobs: null,
});

/** Bridges are not among the jobs: they matter where the jobs alone do not explain the status. */
function needsBridges(status: string, jobs: readonly Job[]): boolean {
  if (jobs.length === 0) return true;
  if (status === 'manual') return !jobs.some(isBlocking);
  return status === 'failed' && !jobs.some(isRequiredFailure);
}

const projectPath = (project: string): string => `projects/${encodeURIComponent(project)}`;

/** In the body, not in the URL: the token must not end up in a proxy's log. Gitbeaker cuts values at `&`. */
async function createWithTriggerToken(
  requester: ReturnType<typeof createRequester>,
  { project, ref, variables, inputs }: PipelineOrder,
  token: string,
): Promise<unknown> {
  const body = { token, ref, variables, ...(Object.keys(inputs).length > 0 ? { inputs } : {}) };
  return (await requester.post(`${projectPath(project)}/trigger/pipeline`, { body })).body;
}

/** Not by gitbeaker, which would rewrite the names of inputs (`deployEnv` to `deploy_env`). */
async function createWithApiToken(
  requester: ReturnType<typeof createRequester>,
  { project, ref, variables, inputs }: PipelineOrder,
): Promise<unknown> {
  const list = Object.entries(variables).map(([key, value]) => ({ key, value }));
  const body = { ref, variables: list, ...(Object.keys(inputs).length > 0 ? { inputs } : {}) };
  return (await requester.post(`${projectPath(project)}/pipeline`, { body })).body;
}

/** An answer that is not GitLab's, though it looked like one at first, is as good as none. */
function explained(gitlab: GitLab): GitLab {
  const explain = (error: unknown): never => {
    if (error instanceof ZodError || error instanceof TypeError)
      throw new GitLabUnavailable('the answer is not one of the GitLab API', { retryAfterMs: null, settleMs: 5_000 });
    throw error;
  };
  const wrapped = Object.entries(gitlab).map(([name, method]) => [
    name,
    (...args: never[]) => (method as (...args: never[]) => Promise<unknown>)(...args).catch(explain),
  ]);
  return Object.fromEntries(wrapped) as GitLab;
}
