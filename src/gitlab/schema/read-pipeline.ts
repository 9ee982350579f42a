import { z } from 'zod';
import type { PipelineOfRef } from '../../app/ports/index.ts';
import type { PipelineSnapshot } from '../../domain/trigger/event.ts';
import type { JobId, PipelineId } from '../../domain/ids.ts';
import { plainLine } from '../../domain/terminal-text.ts';
import type { Downstream, Job } from '../../domain/trigger/job.ts';
import { jobTimes, readDate } from './parts.ts';

/** A pipeline in an answer of GitLab's REST API. */
const pipeline = z.object({
  id: z.coerce.number().int().positive(),
  project_id: z.coerce.number().int().nonnegative().nullish(),
  status: z.string().nullish(),
  source: z.string().nullish(),
  ref: z.string().nullish(),
  sha: z.string().nullish(),
  web_url: z.string().nullish(),
  yaml_errors: z.string().nullish(),
  updated_at: z.string().nullish(),
});

/** A job or bridge in an answer of GitLab's REST API. */
const job = z.object({
  id: z.number().int().positive(),
  name: z.string(),
  stage: z.string().nullish(),
  status: z.string(),
  allow_failure: z.boolean().nullish(),
  failure_reason: z.string().nullish(),
  web_url: z.string().nullish(),
  started_at: z.string().nullish(),
  finished_at: z.string().nullish(),
  pipeline: pipeline.nullish(),
  downstream_pipeline: pipeline.nullish(),
});

const user = z.object({ username: z.string() });

export type RestPipeline = z.infer<typeof pipeline>;
export type RestJob = z.infer<typeof job>;

/** @throws ZodError for an unexpected answer, of GitLab or a gateway */
export const parsePipeline = (body: unknown): RestPipeline => pipeline.parse(body);
export const parsePipelines = (body: unknown): readonly RestPipeline[] => z.array(pipeline).parse(body);
export const parseUser = (body: unknown): { readonly username: string } => user.parse(body);
export const parseJobs = (body: unknown): readonly RestJob[] => z.array(job).parse(body);

export const pipelineFrom = ({ id, project_id, status, ref, sha, web_url }: RestPipeline): PipelineOfRef => ({
  id: id as PipelineId,
  projectId: project_id ?? 0,
  status: status ?? 'created',
  webUrl: web_url ?? null,
  jobs: null,
  ref: ref ?? '',
  sha: sha ?? '',
});

/** When a pipeline that has ended did: with its last job, as the pipeline beside a job does not show it. */
export function endOf(jobs: readonly RestJob[]): Pick<PipelineSnapshot, 'endedAt'> {
  const ends = jobs.map(({ finished_at }) => readDate(finished_at)).filter((at) => at !== null);
  return ends.length === 0 ? {} : { endedAt: Math.max(...ends) };
}

/** A pipeline without its jobs. */
export const snapshotOf = ({ id, projectId, status, webUrl }: PipelineSnapshot): PipelineSnapshot => ({
  id,
  projectId,
  status,
  webUrl,
  jobs: null,
});

export const jobFrom = ({
  id,
  name,
  stage,
  status,
  allow_failure,
  failure_reason,
  web_url,
  started_at,
  finished_at,
}: RestJob): Job => ({
  id: id as JobId,
  // The same names as in webhooks.
  name: plainLine(name),
  stage: plainLine(stage ?? ''),
  status,
  allowFailure: allow_failure ?? false,
  failureReason: failure_reason ?? null,
  webUrl: web_url ?? null,
  ...jobTimes(started_at, finished_at),
});

/** A bridge, with the pipeline that it has started. */
export const bridgeFrom = (row: RestJob): Job => ({ ...jobFrom(row), downstream: downstreamFrom(row) });

function downstreamFrom({ downstream_pipeline: row, finished_at }: RestJob): Downstream | null {
  if (row == null) return null;
  const { id, projectId, status, webUrl } = pipelineFrom(row);
  const [changedAt, endedAt] = [readDate(row.updated_at), readDate(finished_at)];
  const isOutlived = changedAt === null || endedAt === null ? null : endedAt >= changedAt;
  return { id, projectId, status, webUrl, changedAt: row.updated_at ?? null, isOutlived };
}

/**
 * Jobs in pipeline order: by stage, then by id. GitLab lists them newest first and without the order of stages, but
 * creates them stage by stage; only a job that was run again has a later id than its stage.
 */
export function inPipelineOrder(jobs: readonly Job[], stages?: readonly string[]): readonly Job[] {
  const byId = jobs.toSorted((one, other) => one.id - other.id);
  const order = stages ?? [...new Set(byId.map(({ stage }) => stage))];
  return byId.toSorted((one, other) => order.indexOf(one.stage) - order.indexOf(other.stage));
}
