import { createHash } from 'node:crypto';
import type { TriggerEnvironment } from './command.ts';

/** The GitLab job that this process runs in. */
export interface CiJob {
  readonly projectId: string;
  readonly project: string;
  readonly pipelineId: number;
  readonly jobId: number;
}

const idIn = (text: string | undefined): number | null => {
  const id = /^\d+$/.test(text ?? '') ? Number(text) : NaN;
  return Number.isSafeInteger(id) && id > 0 ? id : null;
};

/** Null outside of GitLab CI. */
export function ciJobOf(env: TriggerEnvironment): CiJob | null {
  const { CI_PROJECT_ID: projectId = '', CI_PROJECT_PATH: project = '' } = env;
  const pipelineId = idIn(env['CI_PIPELINE_ID']);
  const jobId = idIn(env['CI_JOB_ID']);
  if (projectId === '' || project === '' || pipelineId === null || jobId === null) return null;
  return { projectId, project, pipelineId, jobId };
}

/** Long enough that two requests of one job do not share it. */
const digestLength = 16;

/**
 * The key by which the service recognizes a repeated request: the same request of the same job, also after a restart of
 * this command. Outside of GitLab CI each run is a request of its own.
 */
export function idempotencyKey(job: CiJob | null, body: object, runId: string): string {
  if (job === null) return `trigger:${runId}`;
  const digest = createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, digestLength);
  return `${job.projectId}:${job.jobId}:${digest}`;
}
