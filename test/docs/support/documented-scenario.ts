import type { ScenarioInput } from '../../../simulator/scenario.ts';
import { apiToken, triggerToken } from '../../support/scenario.ts';

const buildAndTest = {
  stages: ['build', 'test', 'deploy'],
  build: { stage: 'build', script: 'make' },
  unit: { stage: 'test', script: 'make test' },
};
const deploy = { stage: 'deploy', script: 'make deploy', when: 'manual', allow_failure: false };

const projects = [
  /** What the pages trigger. */
  { path: 'group/app', ci: buildAndTest, branches: ['release'], tags: ['v1.0'] },
  /** On whose behalf they do. */
  { path: 'group/parent', ci: buildAndTest },
  { path: 'group/failing', ci: buildAndTest, jobs: { unit: { result: 'failed', trace: 'not ok 1\n' } } },
  { path: 'group/manual', ci: { ...buildAndTest, deploy } },
  /** Runs for as long as somebody may want to look at it. */
  { path: 'group/slow', ci: buildAndTest, jobs: { build: { durationMs: 120_000 } } },
] satisfies readonly Omit<ScenarioInput['projects'][number], 'id'>[];

/** The GitLab of the pages. */
export const documentedScenario: ScenarioInput = {
  users: [{ username: 'root', token: apiToken, admin: true }],
  defaultJob: { queueMs: 0, durationMs: 5 },
  projects: projects.map((project, index) => ({ ...project, id: index + 1, triggerTokens: [triggerToken] })),
};
