import { createHash } from 'node:crypto';
import type { CiPipeline } from '../engine/model.ts';
import type { ProjectScenario } from '../scenario.ts';

export type Commit = { readonly sha: string; readonly title: string; readonly createdAt: number };

/** A trigger token. Its owner is a user name; null: the scenario's first user. */
export type TriggerToken = {
  readonly id: number;
  readonly token: string;
  readonly owner: string | null;
  readonly createdAt: number;
  description: string;
  updatedAt: number;
  lastUsed: number | null;
};

/** A CI/CD variable of the project. */
export type ProjectVariable = {
  readonly key: string;
  readonly value: string;
  readonly variable_type: 'env_var' | 'file';
  readonly protected: boolean;
  readonly masked: boolean;
  readonly hidden: boolean;
  readonly raw: boolean;
  readonly environment_scope: string;
  readonly description: string | null;
};

export type ProjectEnvironment = {
  readonly id: number;
  readonly name: string;
  readonly tier: string;
  readonly createdAt: number;
};

export type Project = {
  readonly scenario: ProjectScenario;
  readonly branches: Map<string, Commit>;
  readonly tags: Map<string, Commit>;
  /** Every commit that ever was a head, by sha. */
  readonly commits: Map<string, Commit>;
  readonly triggers: TriggerToken[];
  readonly variables: ProjectVariable[];
  /** By name: those that a job of a pipeline has named. */
  readonly environments: Map<string, ProjectEnvironment>;
  /** By ascending id. Deleted pipelines leave. */
  readonly pipelines: CiPipeline[];
  /** Whether jobs of new pipelines run by themselves; a test may change it. */
  autoRun: boolean;
  lastIid: number;
};

/** A project with one commit at the head of each of its branches and tags. */
export function createProject(scenario: ProjectScenario, now: number, nextTriggerId: () => number): Project {
  const project: Project = {
    scenario,
    branches: new Map(),
    tags: new Map(),
    commits: new Map(),
    triggers: scenario.triggerTokens.map((each) => ({
      id: nextTriggerId(),
      ...(typeof each === 'string' ? { token: each, owner: null } : each),
      description: 'scenario',
      createdAt: now,
      updatedAt: now,
      lastUsed: null,
    })),
    variables: [],
    environments: new Map(),
    pipelines: [],
    autoRun: scenario.autoRun,
    lastIid: 0,
  };
  if (scenario.emptyRepository) return project;
  for (const branch of new Set([scenario.defaultBranch, ...scenario.branches])) {
    project.branches.set(branch, commit(project, branch, now));
  }
  for (const tag of scenario.tags) project.tags.set(tag, commit(project, tag, now));
  return project;
}

/** Puts a new commit on a branch, which is made if it is new. */
export function pushCommit(project: Project, branch: string, now: number): Commit {
  const pushed = commit(project, branch, now);
  project.branches.set(branch, pushed);
  return pushed;
}

export type Head = { readonly commit: Commit; readonly tag: boolean };

/** What a branch or tag points at. A branch goes before a tag of the same name. */
export function headOf(project: Project, ref: string): Head | undefined {
  const branch = project.branches.get(ref.replace(/^refs\/heads\//, ''));
  if (branch !== undefined) return { commit: branch, tag: false };
  const tag = project.tags.get(ref.replace(/^refs\/tags\//, ''));
  return tag === undefined ? undefined : { commit: tag, tag: true };
}

/** The commit of a sha (also an abbreviated one), branch or tag. */
export function commitOf(project: Project, name: string): Commit | undefined {
  const head = headOf(project, name);
  if (head !== undefined) return head.commit;
  if (!/^[0-9a-f]{7,40}$/.test(name)) return undefined;
  return [...project.commits.values()].find(({ sha }) => sha.startsWith(name));
}

function commit(project: Project, ref: string, now: number): Commit {
  const number = project.commits.size + 1;
  // Made from what it stands for, so that the same scenario has the same commits in every run.
  const sha = createHash('sha1').update(`${project.scenario.path} ${ref} ${number}`).digest('hex');
  const made = { sha, title: `Commit ${number} on ${ref}`, createdAt: now };
  project.commits.set(sha, made);
  return made;
}
