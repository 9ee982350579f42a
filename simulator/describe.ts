import { readConfig } from './engine/read-config.ts';
import type { Scenario } from './scenario.ts';

export type Description = {
  readonly url: string;
  readonly tokens: readonly { username: string; token: string; admin: boolean; scopes: readonly string[] }[];
  readonly projects: readonly {
    id: number;
    path: string;
    defaultBranch: string;
    refs: readonly string[];
    triggerTokens: readonly string[];
    jobs: readonly string[];
  }[];
};

/** What somebody who wants to use a running simulator needs to know, as plain JSON. */
export function describeSimulator({ url, scenario }: { url: string; scenario: Scenario }): Description {
  return {
    url,
    tokens: scenario.users.map(({ username, token, admin, scopes }) => ({ username, token, admin, scopes })),
    projects: scenario.projects.map((project) => ({
      id: project.id,
      path: project.path,
      defaultBranch: project.defaultBranch,
      refs: [...new Set([project.defaultBranch, ...project.branches, ...project.tags])],
      triggerTokens: project.triggerTokens.map((each) => (typeof each === 'string' ? each : each.token)),
      jobs: jobNames(project.ci),
    })),
  };
}

/** A broken configuration has no jobs. */
function jobNames(ci: Scenario['projects'][number]['ci']): string[] {
  const reading = readConfig(ci, []);
  return reading.kind === 'config' ? reading.config.jobs.map(({ name }) => name) : [];
}
