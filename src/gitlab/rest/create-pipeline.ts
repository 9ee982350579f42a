import type { PipelineOrder } from '../../app/ports/index.ts';
import { projectPath } from './project-path.ts';
import type { Requester } from './requester.ts';

/** GitLab's own limit is a minute. A pipeline may still be created after an earlier timeout, unnoticed. */
export const creationTimeoutMs = 60_000;

/**
 * Creates a pipeline. Not through gitbeaker: it cuts values at `&`, puts the trigger token into the URL, where proxies
 * log it, and rewrites the names of inputs (`deployEnv` to `deploy_env`).
 * @param triggerToken null: use the requester's API token
 * @param timeoutMs how long GitLab may take
 * @returns GitLab's answer
 */
export async function createPipeline(
  requester: Requester,
  { project, ref, variables, inputs }: PipelineOrder,
  triggerToken: string | null,
  timeoutMs: number,
): Promise<unknown> {
  // GitLab before 17.11 does not know inputs.
  const given = Object.keys(inputs).length > 0 ? { ref, inputs } : { ref };
  const { path, body } =
    triggerToken === null
      ? { path: 'pipeline', body: { ...given, variables: variablesAsList(variables) } }
      : { path: 'trigger/pipeline', body: { ...given, variables, token: triggerToken } };
  return (await requester.post(`${projectPath(project)}/${path}`, { body, timeoutMs })).body;
}

/** Variables in the form of GitLab's API. */
export const variablesAsList = (variables: Readonly<Record<string, string>>) =>
  Object.entries(variables).map(([key, value]) => ({ key, value }));
