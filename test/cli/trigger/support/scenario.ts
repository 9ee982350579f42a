import type { ScenarioInput } from '../../../../simulator/scenario.ts';

export const apiToken = 'glpat-canary-of-the-tests';
export const triggerToken = 'glptt-canary-of-the-tests';
export const tokens = ['-a', apiToken, '-p', triggerToken] as const;

const buildAndTest = {
  stages: ['build', 'test', 'deploy'],
  build: { stage: 'build', script: 'make' },
  unit: { stage: 'test', script: 'make test' },
};

const manual = (stage: string, allowFailure: boolean) => ({
  stage,
  script: 'make',
  when: 'manual',
  allow_failure: allowFailure,
});

/** The end of it is what a caller is shown. */
const failingTrace = [...Array.from({ length: 30 }, (_, index) => `line ${index + 1}`), 'ERROR: exit code 1'];

const twoManual = (allowFailure: boolean) => ({
  stages: ['stage1', 'stage2'],
  manual1: manual('stage1', allowFailure),
  manual2: manual(allowFailure ? 'stage2' : 'stage1', allowFailure),
});

const projects = [
  { path: 'group/green', ci: buildAndTest, branches: ['feature/slash'] },
  {
    path: 'group/failing',
    ci: { ...buildAndTest, lint: { stage: 'test', script: 'exit 1', allow_failure: true } },
    jobs: { unit: { result: 'failed', trace: failingTrace.join('\n') } },
  },
  {
    path: 'group/handing-on',
    ci: buildAndTest,
    jobs: {
      build: { dotenv: 'VERSION=1.2.3', artifacts: { 'build.env': 'VERSION=1.2.3\n', 'out/app.txt': 'app' } },
    },
  },
  {
    path: 'group/failing-with-files',
    ci: buildAndTest,
    jobs: { build: { result: 'failed', artifacts: { 'report.txt': 'why' } } },
  },
  {
    path: 'group/broken-runner',
    ci: buildAndTest,
    jobs: { unit: { results: ['failed', 'success'], failureReason: 'runner_system_failure' } },
  },
  { path: 'group/flaky', ci: buildAndTest, jobs: { unit: { results: ['failed', 'success'] } } },
  { path: 'group/broken', ci: { deploy: { stage: 'nowhere', script: 'make deploy' } } },
  { path: 'group/canceled', ci: buildAndTest, jobs: { unit: { result: 'canceled' } } },
  /** A test moves its jobs by hand. */
  { path: 'group/by-hand', ci: buildAndTest, autoRun: false },
  { path: 'group/also-by-hand', ci: buildAndTest, autoRun: false },
  /** Stands still from the start, with one job that blocks. */
  {
    path: 'group/one-manual',
    ci: { stages: ['stage1', 'stage2'], manual1: manual('stage1', false), manual2: manual('stage2', true) },
  },
  { path: 'group/two-manual', ci: twoManual(false) },
  { path: 'group/blocked-by-hand', ci: twoManual(false), autoRun: false },
  { path: 'group/later-manual', ci: { ...buildAndTest, deploy: manual('deploy', false) } },
  /** GitLab calls its pipelines `skipped`. */
  { path: 'group/only-optional', ci: twoManual(true) },
  { path: 'group/optional-by-hand', ci: twoManual(true), autoRun: false },
  { path: 'group/slow', ci: buildAndTest, jobs: { build: { durationMs: 60_000 } } },
  /** Takes its time to stop, too. */
  { path: 'group/stubborn', ci: buildAndTest, jobs: { build: { durationMs: 60_000, cancelingMs: 60_000 } } },
  { path: 'group/rollback', ci: { ...buildAndTest, rollback: manual('deploy', true) } },
  {
    path: 'group/matrix',
    ci: { 'deploy: [aws, prod]': manual('test', false), 'deploy: [gcp, prod]': manual('test', false) },
  },
  {
    path: 'group/many',
    ci: Object.fromEntries(
      Array.from({ length: 120 }, (_, index) => [`job ${index + 1}`, { script: 'make' }]),
    ),
    jobs: { 'job 7': { trace: 'lovely emojis \u{1F680} ü\n' } },
  },
] satisfies readonly Omit<ScenarioInput['projects'][number], 'id'>[];

/** A project for each way a pipeline can go; those that run by themselves take a few milliseconds. */
export const scenario: ScenarioInput = {
  users: [{ username: 'root', token: apiToken, admin: true }],
  defaultJob: { queueMs: 0, durationMs: 5 },
  projects: projects.map((project, index) => ({ ...project, id: index + 1, triggerTokens: [triggerToken] })),
};

/** The numeric id of a project in it. */
export function idOf(path: string): string {
  const index = projects.findIndex((project) => project.path === path);
  if (index < 0) throw new Error(`no project ${path}`);
  return String(index + 1);
}
