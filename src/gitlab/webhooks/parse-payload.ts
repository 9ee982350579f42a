import { z } from 'zod';
import type { ParsePayload } from '../../app/ports/index.ts';
import type { Payload } from '../../domain/delivery.ts';
import type { JobId, PipelineId, TriggerId } from '../../domain/ids.ts';
import { triggerIdVariable } from '../../domain/ids.ts';
import type { Job } from '../../domain/trigger/job.ts';
import {
  id,
  isLink,
  jobTimes,
  link,
  name,
  project,
  projectIdIn,
  readDate,
  text,
  word,
} from '../schema/parts.ts';
import { isRecord } from '../../domain/json.ts';
import { parseIds } from './parse-ids.ts';
import { inPipelineOrder } from '../schema/read-pipeline.ts';

type PipelinePayload = Extract<Payload, { readonly kind: 'pipeline' }>;

/** GitLab's own limit for the name of an environment. */
const longestEnvironment = 255;

/** Null: the job has none. Undefined: nothing is known of it. */
const environment = z
  .object({
    name: name.pipe(z.string().min(1).max(longestEnvironment)),
    deployment_tier: word.nullish().catch(null),
  })
  .nullish()
  .catch(undefined);

/** More than any pipeline has: each item that does not fit its form would be a finding of its own. */
const longestList = 25_000;

/** A list that can be missing: one that does not fit its form, or is too long, counts as that. */
const listOf = <Item extends z.ZodType>(item: Item) =>
  z
    .preprocess(
      (given) => (Array.isArray(given) && given.length > longestList ? null : given),
      z.array(item).nullish(),
    )
    .catch(null);

/** A job within a Pipeline Hook. Fields that older versions lack are optional. */
const build = z.object({
  id,
  name,
  stage: text,
  status: word,
  allow_failure: z.boolean().nullish().catch(null),
  failure_reason: text,
  started_at: text,
  finished_at: text,
  environment,
});

const variables = listOf(z.object({ key: z.string(), value: z.string() }).nullable().catch(null));

/** The pipeline and job that started a pipeline. */
const sourcePipeline = z
  .object({ pipeline_id: id, job_id: id.nullish().catch(null) })
  .nullish()
  .catch(null);

/** Source: GitLab lib/gitlab/data_builder/pipeline.rb */
const pipelineHook = z.object({
  object_attributes: z.object({
    id,
    status: word,
    ref: text,
    source: text,
    url: link,
    created_at: text,
    finished_at: text,
    stages: listOf(z.string()),
    variables,
  }),
  project,
  builds: listOf(build),
  source_pipeline: sourcePipeline,
});

/** Source: GitLab lib/gitlab/data_builder/build.rb; a few senders write `job_…` for `build_…`. */
const jobHook = z.object({
  build_id: id,
  build_name: name,
  build_stage: text,
  build_status: word,
  build_allow_failure: z.boolean().nullish().catch(null),
  build_failure_reason: text,
  build_created_at: text,
  build_started_at: text,
  build_finished_at: text,
  pipeline_id: id,
  project_id: id.nullish().catch(null),
  project,
});

/** Parses the body of a webhook into domain types. Members of later versions are ignored. */
export const parsePayload: ParsePayload = (event, body) => {
  const kind = kindOf(event, body);
  if (kind === null) {
    const projectId = projectIdIn(body);
    const reason = 'not a Pipeline Hook or Job Hook';
    return { kind: 'ignored', reason, ...(projectId === null ? {} : { projectId }) };
  }
  const content = kind === 'job' ? withBuildNames(body) : body;
  const result = kind === 'pipeline' ? readPipelineHook(content) : readJobHook(content);
  return result ?? { kind: 'unreadable', reason: `not the content of a ${kind} hook`, ...parseIds(content) };
};

const kinds: Readonly<Record<string, 'pipeline' | 'job'>> = {
  pipeline: 'pipeline',
  build: 'job',
  job: 'job',
  'Pipeline Hook': 'pipeline',
  'Job Hook': 'job',
};

/** The body names its kind; where a templated or broken one does not, the header does. */
function kindOf(event: string, body: unknown): 'pipeline' | 'job' | null {
  const named: unknown = isRecord(body) ? body['object_kind'] : undefined;
  const key = typeof named === 'string' ? named : event;
  return Object.hasOwn(kinds, key) ? (kinds[key] ?? null) : null;
}

function readPipelineHook(body: unknown): Payload | null {
  const hook = pipelineHook.safeParse(body).data;
  if (hook === undefined) return null;
  const { object_attributes: pipeline, project: where } = hook;
  if (!isLink(pipeline.url) || !isLink(where?.web_url)) return null;
  const webUrl = where?.web_url ?? null;
  const jobs = hook.builds?.map((row) => ({ ...buildFrom(row, webUrl), ...environmentFrom(row) })) ?? null;
  const isComplete = hook.builds?.every(
    ({ allow_failure: known, status }) => known != null || !needsKnowing(status),
  );
  const ours = pipeline.variables?.find((variable) => variable?.key === triggerIdVariable);
  return {
    kind: 'pipeline',
    pipeline: {
      id: pipeline.id as PipelineId,
      projectId: where?.id ?? 0,
      status: pipeline.status,
      webUrl: pipeline.url ?? (webUrl === null ? null : `${webUrl}/-/pipelines/${pipeline.id}`),
      jobs: jobs !== null && isComplete === true ? inPipelineOrder(jobs, pipeline.stages ?? undefined) : null,
    },
    projectPath: where?.path_with_namespace ?? null,
    ref: pipeline.ref ?? null,
    source: pipeline.source ?? null,
    ...upstreamFrom(hook.source_pipeline),
    triggerId: (/^trg_\w+$/.test(ours?.value ?? '') ? (ours?.value ?? null) : null) as TriggerId | null,
    happenedAt: readDate(pipeline.finished_at ?? pipeline.created_at),
  };
}

const upstreamFrom = (from: z.infer<typeof sourcePipeline>): Pick<PipelinePayload, 'upstream'> =>
  from == null
    ? {}
    : {
        upstream: {
          pipelineId: from.pipeline_id as PipelineId,
          jobId: (from.job_id ?? null) as JobId | null,
        },
      };

/** Statuses whose meaning depends on `allow_failure`, which old versions do not send. */
const needsKnowing = (status: string): boolean => status === 'manual' || status === 'failed';

const buildFrom = (row: Omit<z.infer<typeof build>, 'environment'>, projectUrl: string | null): Job => ({
  id: row.id as JobId,
  name: row.name,
  stage: row.stage ?? '',
  status: row.status,
  allowFailure: row.allow_failure ?? false,
  failureReason: row.status === 'failed' ? (row.failure_reason ?? null) : null,
  webUrl: projectUrl === null ? null : `${projectUrl}/-/jobs/${row.id}`,
  ...jobTimes(row.started_at, row.finished_at),
});

const environmentFrom = ({ environment: shown }: z.infer<typeof build>): Pick<Job, 'environment'> => {
  if (shown === undefined) return {};
  return { environment: shown === null ? null : { name: shown.name, tier: shown.deployment_tier ?? null } };
};

function readJobHook(body: unknown): Payload | null {
  const hook = jobHook.safeParse(body).data;
  if (hook === undefined || !isLink(hook.project?.web_url)) return null;
  const build = {
    id: hook.build_id,
    name: hook.build_name,
    stage: hook.build_stage,
    status: hook.build_status,
    allow_failure: hook.build_allow_failure,
    failure_reason: hook.build_failure_reason,
    started_at: hook.build_started_at,
    finished_at: hook.build_finished_at,
  };
  return {
    kind: 'job',
    pipelineId: hook.pipeline_id as PipelineId,
    projectId: hook.project_id ?? hook.project?.id ?? 0,
    projectPath: hook.project?.path_with_namespace ?? null,
    job: buildFrom(build, hook.project?.web_url ?? null),
    happenedAt: readDate(hook.build_finished_at ?? hook.build_started_at ?? hook.build_created_at),
  };
}

/** Renames `job_…` to `build_…`, and takes the pipeline's id from the commit, where old versions have it. */
function withBuildNames(body: unknown): unknown {
  if (!isRecord(body)) return body;
  const renamed = Object.entries(body).map(
    ([key, value]) => [key.replace(/^job_/, 'build_'), value] as const,
  );
  const commit = body['commit'];
  const pipelineId = body['pipeline_id'] ?? (isRecord(commit) ? commit['id'] : undefined);
  return { ...Object.fromEntries(renamed), pipeline_id: pipelineId };
}
