import type { PipelineOrder } from '../../app/ports/index.ts';
import { projectPath } from './project-path.ts';
import type { Requester } from './requester.ts';

/** GitLab gives itself a minute. What is cut off before may still be created, and nobody may know it. */
export const creationTimeoutMs = 60_000;

/**
 * Has GitLab make a pipeline. Not through gitbeaker: it cuts values at `&`, puts the trigger token into the URL, where
 * proxies log it, and rewrites the names of inputs (`deployEnv` to `deploy_env`).
 * @param triggerToken null: made with the requester's API token
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

/** Variables as GitLab's API takes lists of them. */
export const variablesAsList = (variables: Readonly<Record<string, string>>) =>
  Object.entries(variables).map(([key, value]) => ({ key, value }));
