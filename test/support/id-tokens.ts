import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { IdTokenOptions } from '../../simulator/id-tokens.ts';
import type { Simulator } from '../../simulator/simulator.ts';
import { apiToken } from './scenario.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

export const audience = 'https://trigger.example.com';

/** Writes a policy where the service may read it. */
export function policyFile(yaml: string): { readonly file: string; readonly remove: () => void } {
  const directory = makeTemporaryDirectory();
  const file = path.join(directory.path, 'policy.yml');
  writeFileSync(file, yaml);
  return { file, remove: directory.remove };
}

/** A job of a simulated GitLab, in a pipeline of its own. */
export interface CiJob {
  readonly projectId: number;
  readonly project: string;
  readonly pipelineId: number;
  readonly jobId: number;
  /** Its id_token. */
  readonly token: (options?: Partial<IdTokenOptions>) => Promise<string>;
}

/** Starts a pipeline as a push would, and takes one of its jobs. */
export async function startJob(
  simulator: Simulator,
  project: string,
  name = 'build',
  ref = 'main',
): Promise<CiJob> {
  const found = simulator.scenario.projects.find((each) => each.path === project);
  if (found === undefined) throw new Error(`no project ${project}`);
  const url = `${simulator.url}/api/v4/projects/${found.id}/pipeline?ref=${encodeURIComponent(ref)}`;
  const answer = await fetch(url, { method: 'POST', headers: { 'private-token': apiToken } });
  const { id } = (await answer.json()) as { id: number };
  const job = simulator.pipeline(id).jobs.find((each) => each.name === name);
  if (job === undefined) throw new Error(`no job ${name}`);
  return {
    projectId: found.id,
    project,
    pipelineId: id,
    jobId: job.id,
    token: (options = {}) => simulator.idToken(id, name, { aud: audience, ...options }),
  };
}
