import type { ScenarioInput } from '../../simulator/scenario.ts';
import { canary } from './canary.ts';

export const apiToken = `glpat-${canary}-root`;
export const triggerToken = `glptt-${canary}-group`;

/** The end of it is what a caller is shown. */
const failingTrace = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`).join('\n');

const buildAndTest = {
  stages: ['build', 'test', 'deploy'],
  build: { stage: 'build', script: 'make' },
  unit: { stage: 'test', script: 'make test' },
};

const projects = [
  /** A test moves its jobs by hand. */
  {
    path: 'group/app',
    ci: buildAndTest,
    autoRun: false,
    branches: ['feature/slash'],
    tags: ['v1.0'],
    jobs: { build: { artifacts: { 'build.env': 'VERSION=1.2.3\n' } } },
  },
  {
    path: 'group/green',
    ci: buildAndTest,
    branches: ['feature/slash'],
    jobs: {
      build: { dotenv: 'VERSION=1.2.3', artifacts: { 'build.env': 'VERSION=1.2.3\n', 'out/app.txt': 'app' } },
    },
  },
  {
    path: 'group/failing',
    ci: { ...buildAndTest, lint: { stage: 'test', script: 'exit 1', allow_failure: true } },
    jobs: { unit: { result: 'failed', trace: `${failingTrace}\nERROR: exit code 1\n` } },
  },
  {
    path: 'group/manual',
    ci: {
      ...buildAndTest,
      deploy: { stage: 'deploy', script: 'make deploy', when: 'manual', allow_failure: false },
      rollback: { stage: 'deploy', script: 'make rollback', when: 'manual' },
    },
  },
  { path: 'group/skipped', ci: { clean: { stage: 'deploy', script: 'make clean', when: 'manual' } } },
  {
    path: 'group/flaky',
    ci: buildAndTest,
    branches: ['feature/slash'],
    jobs: { unit: { results: ['failed', 'success'] } },
  },
  {
    path: 'group/broken-runner',
    ci: buildAndTest,
    jobs: { unit: { results: ['failed', 'success'], failureReason: 'runner_system_failure' } },
  },
  { path: 'group/broken', ci: { deploy: { stage: 'nowhere', script: 'make deploy' } } },
] satisfies readonly Omit<ScenarioInput['projects'][number], 'id'>[];

/** A project for each way a pipeline can go; those that run by themselves take a few milliseconds. */
export const scenario: ScenarioInput = {
  users: [{ username: 'root', token: apiToken, admin: true }],
  defaultJob: { queueMs: 0, durationMs: 5 },
  projects: projects.map((project, index) => ({ ...project, id: index + 1, triggerTokens: [triggerToken] })),
};
