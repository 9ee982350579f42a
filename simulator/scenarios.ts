import type { ScenarioInput } from './scenario.ts';

type ProjectInput = ScenarioInput['projects'][number];

/** The hooks that fire are those with `pipeline_events`; the user of a scenario adds a receiver. */
const users: ScenarioInput['users'] = [
  { username: 'root', name: 'Administrator', token: 'glpat-simulator', admin: true },
];

const buildAndTest = {
  stages: ['build', 'test', 'deploy'],
  build: { stage: 'build', script: 'make' },
  unit: { stage: 'test', script: 'make test' },
  lint: { stage: 'test', script: 'make lint' },
};

/** One project whose pipeline builds, tests, and waits for somebody to play `deploy`; about three seconds in all. */
export const demoScenario: ScenarioInput = {
  users,
  projects: [
    {
      id: 1,
      path: 'group/app',
      triggerTokens: ['glptt-app'],
      ci: {
        ...buildAndTest,
        deploy: { stage: 'deploy', script: 'make deploy', when: 'manual', allow_failure: false },
      },
      jobs: {
        build: { durationMs: 900 },
        unit: { durationMs: 1100 },
        lint: { durationMs: 600 },
        deploy: { durationMs: 800 },
      },
    },
  ],
};

const projects: readonly Omit<ProjectInput, 'id' | 'triggerTokens'>[] = [
  { path: 'group/green', ci: { ...buildAndTest, deploy: { stage: 'deploy', script: 'make deploy' } } },
  { path: 'group/failing', ci: { ...buildAndTest, integration: { stage: 'test', script: 'exit 1' } } },
  {
    path: 'group/manual',
    ci: {
      ...buildAndTest,
      deploy: { stage: 'deploy', script: 'make deploy', when: 'manual', allow_failure: false },
      notify: { stage: '.post', script: 'echo deployed' },
    },
  },
  {
    path: 'group/optional-manual',
    ci: { ...buildAndTest, rollback: { stage: 'deploy', script: 'make rollback', when: 'manual' } },
  },
  {
    path: 'group/only-manual',
    ci: { cleanup: { stage: 'deploy', script: 'make clean', when: 'manual' } },
  },
  {
    path: 'group/flaky',
    ci: { ...buildAndTest, e2e: { stage: 'test', script: 'make e2e', retry: 2 } },
    jobs: { e2e: { results: ['failed', 'failed', 'success'] }, unit: { results: ['failed', 'success'] } },
  },
  {
    path: 'group/parent',
    ci: {
      stages: ['build', 'children'],
      build: { stage: 'build', script: 'make' },
      child: { stage: 'children', trigger: { include: 'child.yml', strategy: 'mirror' } },
      other: { stage: 'children', trigger: { project: 'group/green', strategy: 'depend' } },
    },
    includes: { 'child.yml': { 'child-test': { script: 'make test' } } },
  },
  { path: 'group/many-jobs', ci: manyJobs(120), jobs: {} },
  {
    path: 'group/subgroup/slow',
    branches: ['feature/slow'],
    ci: { ...buildAndTest },
    jobs: { build: { durationMs: 20_000 }, unit: { durationMs: 20_000 }, lint: { durationMs: 20_000 } },
  },
  { path: 'group/broken', ci: { deploy: { stage: 'nowhere', script: 'make deploy' } } },
];

function manyJobs(count: number): Record<string, unknown> {
  const names = Array.from({ length: count }, (_, index) => `test ${index + 1}/${count}`);
  return Object.fromEntries(names.map((name) => [name, { script: 'make test' }]));
}

/** What `pipeline-trigger simulator` serves without a scenario file: one project for each way a pipeline can go. */
export const defaultScenario: ScenarioInput = {
  users,
  defaultJob: { queueMs: 100, durationMs: 1000 },
  projects: projects.map((project, index) => ({
    ...project,
    id: index + 1,
    triggerTokens: [`glptt-${project.path.split('/').at(-1) ?? ''}`],
  })),
};
