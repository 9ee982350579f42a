import { Commits, Pipelines } from '@gitbeaker/rest';
import { GitLabUnavailable, isRefusal } from '../../app/ports/gitlab-unavailable.ts';
import type {
  ConnectGitLab,
  GitLab,
  GitLabAccess,
  ReadOptions,
  StatusOptions,
} from '../../app/ports/index.ts';
import { AppError } from '../../domain/error.ts';
import type { PipelineReading, PipelineWithoutJobs } from '../../domain/trigger/event.ts';
import { redactSecrets } from '../../domain/redact-secrets.ts';
import type { PipelineId } from '../../domain/ids.ts';
import type { FailedJob } from '../../domain/trigger/job.ts';
import { failedJobsOf, needsBridges } from '../../domain/trigger/job.ts';
import { phase } from '../../domain/trigger/status.ts';
import { createArtifacts } from './artifacts.ts';
import { createCommitStatuses } from './commit-statuses.ts';
import type { TriggerIdCache } from './trigger-id-cache.ts';
import { createTriggerIdCache } from './trigger-id-cache.ts';
import type { ConnectDeps } from './connect.ts';
import { createConnect } from './connect.ts';
import { createPipeline, creationTimeoutMs, variablesAsList } from './create-pipeline.ts';
import { everyPage } from './every-page.ts';
import { mapErrors } from './errors.ts';
import { createPipelineFinder, listPipelines } from './find-pipelines.ts';
import { parseProjectNames } from './find-project.ts';
import { projectPath } from './project-path.ts';
import {
  bridgeFrom,
  inPipelineOrder,
  jobFrom,
  parseJobs,
  parsePipeline,
  pipelineFrom,
  endOf,
  snapshotOf,
} from '../schema/read-pipeline.ts';
import type { RestJob } from '../schema/read-pipeline.ts';
import type { Requester } from './requester.ts';
import { secretsIn } from './secrets-in.ts';
import { traceTail } from './trace-tail.ts';

/** The number of failed jobs whose logs are shown. */
const shownTraces = 5;

/** For reads: GitLab's own limit is a minute; for a waiting caller a second attempt is better. */
const usualTimeoutMs = 10_000;

/** GitLab's REST API through @gitbeaker/rest, over a requester of our own. */
export function createGitLabConnector(deps: ConnectDeps): ConnectGitLab {
  const { clock } = deps;
  const connect = createConnect(deps, usualTimeoutMs);
  const creationMs = deps.timeoutMs ?? creationTimeoutMs;
  const cachedIdOf = createTriggerIdCache();
  return function connectGitLab(access) {
    const { rateLimit, requester } = connect(access);
    const pauseMs = (): Promise<number> => Promise.resolve(rateLimit.pauseMs(clock.now()));
    const client = createClient(access, requester(), cachedIdOf(access.url), creationMs);
    return mapErrors({ ...client, pauseMs });
  };
}

// eslint-disable-next-line max-lines-per-function -- one method for each call of the port; each is short
function createClient(
  access: GitLabAccess,
  requester: Requester,
  triggerIdCache: TriggerIdCache,
  creationMs: number,
): Omit<GitLab, 'pauseMs'> {
  const { url, apiToken, triggerToken } = access;
  const options = {
    host: url,
    token: apiToken ?? '',
    requesterFn: () => requester as never,
    queryTimeout: null,
  };
  const [pipelines, commits] = [new Pipelines(options), new Commits(options)];

  const pipelinePath = (project: string, id: number): string => `${projectPath(project)}/pipelines/${id}`;

  const jobsOf = async (project: string, id: PipelineId): Promise<readonly RestJob[]> =>
    parseJobs(await everyPage(requester, `${pipelinePath(project, id)}/jobs`));

  /** Newer versions of GitLab call bridges trigger jobs. */
  async function bridgesOf(project: string, id: PipelineId): Promise<readonly RestJob[]> {
    const path = pipelinePath(project, id);
    try {
      return parseJobs(await everyPage(requester, `${path}/trigger_jobs`));
    } catch (error) {
      if (isLimit(error)) throw error;
      return parseJobs(await everyPage(requester, `${path}/bridges`));
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

  /** Each job includes its pipeline's status: one request shows both, unless there are no jobs. */
  async function statusOf(project: string, id: PipelineId, jobs: readonly RestJob[]) {
    const shown = jobs[0]?.pipeline;
    const isShown = shown?.id === id && shown.status != null;
    return pipelineFrom(isShown ? shown : parsePipeline(await pipelines.show(project, id)));
  }

  /** The pipeline's status is essential; its lists of jobs and bridges are additions. */
  async function readPipeline(
    project: string,
    id: PipelineId,
    options: ReadOptions | StatusOptions,
  ): Promise<PipelineReading | PipelineWithoutJobs> {
    const { traces, bridges: wantsBridges } = options;
    const listed = 'mayLackJobs' in options ? orWhyNot : required;
    const rows = await listed(jobsOf(project, id));
    const pipeline = await statusOf(project, id, rows.shown);
    const own = rows.shown.map(jobFrom);
    const seesBridges = rows.error === null && (wantsBridges ?? needsBridges(pipeline.status, own));
    const bridges = seesBridges ? await listed(bridgesOf(project, id)) : nothingListed;
    const latest = inPipelineOrder([...own, ...bridges.shown.map(bridgeFrom)]);
    const end = phase(pipeline.status) === 'complete' ? endOf(rows.shown) : {};
    const failed = pipeline.status === 'success' ? [] : failedJobsOf(latest);
    const failedJobs =
      traces && phase(pipeline.status) !== 'alive' ? await withTraces(project, failed) : failed;
    const jobsError = rows.error ?? bridges.error;
    if (jobsError !== null) return { ...pipeline, ...end, jobs: null, jobsError, failedJobs };
    return { ...pipeline, ...end, jobs: latest, failedJobs, showsBridges: seesBridges };
  }

  async function cancel(project: string, id: PipelineId): Promise<void> {
    const { projectId } = pipelineFrom(parsePipeline(await pipelines.cancel(project, id)));
    await cancelChildren(project, id, projectId);
  }

  /** A child pipeline that has ended may have running children. A refusal for one does not affect the others. */
  async function cancelChildren(project: string, id: PipelineId, projectId: number): Promise<void> {
    const children = (await bridgesOf(project, id))
      .flatMap(({ downstream_pipeline: child }) => (child == null ? [] : [pipelineFrom(child)]))
      .filter((child) => child.projectId === projectId);
    const refusals: AppError[] = [];
    for (const child of children) {
      try {
        if (phase(child.status) !== 'complete') await pipelines.cancel(project, child.id);
        await cancelChildren(project, child.id, projectId);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refusals.push(error);
      }
    }
    if (refusals[0] !== undefined) throw refusals[0];
  }

  return {
    async createPipeline(order) {
      const created = await createPipeline(requester, order, triggerToken, creationMs);
      const { yaml_errors: yamlErrors, ...pipeline } = parsePipeline(created);
      const hasErrors = pipeline.status === 'failed' && yamlErrors;
      const configError = hasErrors ? redactSecrets(secretsIn(order))(yamlErrors) : null;
      return { pipeline: snapshotOf(pipelineFrom(pipeline)), configError };
    },

    ...createPipelineFinder(access, requester, pipelines, triggerIdCache),
    listPipelines: (project, ids, updatedAfter) => listPipelines(requester, project, ids, updatedAfter),
    showPipeline: async (project, id) => pipelineFrom(parsePipeline(await pipelines.show(project, id))),
    tipOf: async (project, ref) => (await commits.show(project, ref)).id,
    readPipeline: readPipeline as GitLab['readPipeline'],
    checkProject: async (project) => {
      await requester.get(projectPath(project));
    },
    nameProject: async (project) => parseProjectNames((await requester.get(projectPath(project))).body),
    playJob: async (project, id, variables = {}) => {
      // Not through gitbeaker, whose own requester renames the members of a body. Without variables GitLab does not check the
      // right to send them.
      const sent = { job_variables_attributes: variablesAsList(variables) };
      const body = Object.keys(variables).length === 0 ? {} : { body: sent };
      await requester.post(`${projectPath(project)}/jobs/${id}/play`, body);
    },
    retryPipeline: async (project, id) => {
      await pipelines.retry(project, id);
    },
    retryJob: async (project, id) => {
      await requester.post(`${projectPath(project)}/jobs/${id}/retry`, {});
    },
    cancelPipeline: cancel,
    ...createCommitStatuses(requester),
    ...createArtifacts(requester),
    readTrace: traceOf,
    withTraces,
  };
}

/** The rows of a list, or the reason why there are none. */
interface Listed {
  readonly shown: readonly RestJob[];
  readonly error: string | null;
}

const nothingListed: Listed = { shown: [], error: null };

const required = async (list: Promise<readonly RestJob[]>): Promise<Listed> => ({
  shown: await list,
  error: null,
});

const notGitLabs = 'the answer is not one of the GitLab API';

const isLimit = (error: unknown): boolean =>
  error instanceof GitLabUnavailable && error.unanswered.retryAfterMs !== null;

/** @throws GitLabUnavailable at a rate limit: the next request would fail as well */
async function orWhyNot(list: Promise<readonly RestJob[]>): Promise<Listed> {
  try {
    return await required(list);
  } catch (error) {
    if (isLimit(error)) throw error;
    return { shown: [], error: error instanceof AppError ? error.message : notGitLabs };
  }
}
