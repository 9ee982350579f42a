import { z } from 'zod';
import type { JobClaims } from '../../domain/access/claims.ts';
import type { JobId, PipelineId } from '../../domain/ids.ts';

/** GitLab writes ids as text. */
const id = z
  .union([z.string().regex(/^[1-9]\d{0,15}$/), z.number()])
  .transform(Number)
  .pipe(z.number().int().positive().max(Number.MAX_SAFE_INTEGER));

/** GitLab writes booleans as text. */
const flag = z
  .union([z.boolean(), z.enum(['true', 'false'])])
  .transform((value) => value === true || value === 'true');

const text = z.string().min(1);

/** The claims that the service uses. Source: gitlabhq lib/gitlab/ci/jwt_v2.rb, lib/json_web_token/project_token_claims.rb */
const payload = z.object({
  project_id: id,
  project_path: text,
  job_project_id: id.nullish(),
  job_project_path: text.nullish(),
  ref: text,
  ref_protected: flag,
  environment: text.nullish(),
  pipeline_source: text,
  pipeline_id: id,
  job_id: id,
  user_id: id.nullish(),
  user_login: text.nullish(),
});

/** Errors of claims: their names and what is expected, not their values. */
export class WrongClaims extends Error {}

/** Reads the payload of an id_token. @throws WrongClaims */
export function readClaims(input: unknown): JobClaims {
  const { data, error } = payload.safeParse(input);
  if (error !== undefined)
    throw new WrongClaims(
      error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
    );
  const { job_project_id: jobProjectId, job_project_path: jobProjectPath } = data;
  const { user_id: userId, user_login: username } = data;
  return {
    projectId: data.project_id,
    projectPath: data.project_path,
    jobProject:
      jobProjectId == null || jobProjectPath == null ? null : { id: jobProjectId, path: jobProjectPath },
    ref: data.ref,
    refProtected: data.ref_protected,
    environment: data.environment ?? null,
    pipelineSource: data.pipeline_source,
    pipelineId: data.pipeline_id as PipelineId,
    jobId: data.job_id as JobId,
    ...(userId == null || username == null ? {} : { user: { userId, username } }),
  };
}
