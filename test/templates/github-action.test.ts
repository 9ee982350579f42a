import { readdirSync } from 'node:fs';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { apiToken, triggerToken } from '../support/scenario.ts';
import { install } from '../support/service-process.ts';
import { adminToken } from '../support/start-service.ts';
import { action, commandsIn, startStep } from './support/github-action.ts';
import type { ToolboxName } from './support/run-job.ts';
import { hasToolbox } from './support/run-job.ts';

const build = { stages: ['build'], build: { stage: 'build', script: 'make' } };
const hostile = [
  'before',
  '::set-output name=outcome::success',
  '::add-mask::e',
  '::stop-commands::known',
  '::known::',
  '::error::forged',
  '::endgroup::',
].join('\n');
const projects = [
  { path: 'group/app', ci: build },
  { path: 'group/failing', ci: build, jobs: { build: { result: 'failed', trace: `${hostile}\n` } } },
  { path: 'group/canceled', ci: build, jobs: { build: { result: 'canceled' } } },
  {
    path: 'group/manual',
    ci: { ...build, deploy: { stage: 'build', script: 'd', when: 'manual', allow_failure: false } },
  },
  { path: 'group/slow', ci: build, jobs: { build: { durationMs: 120_000 } } },
] as const;
const scenario = {
  users: [{ username: 'root', token: apiToken, admin: true }],
  defaultJob: { queueMs: 0, durationMs: 5 },
  projects: projects.map((project, index) => ({ ...project, id: index + 1, triggerTokens: [triggerToken] })),
};

test('the action runs no input as text of a script', () => {
  for (const { run } of action.runs.steps) expect(run).not.toContain('${{');
});

test('every output of the action comes from the step that waits', () => {
  for (const [name, { value }] of Object.entries(action.outputs))
    expect(value).toBe(`\${{ steps.wait.outputs.${name} }}`);
});

const toolboxNames: readonly ToolboxName[] = ['debian', 'bash', 'busybox'];

describe.for(toolboxNames)('the GitHub Action on a runner with the tools of %s', (toolbox) => {
  describe.skipIf(!hasToolbox(toolbox))('', async () => {
    const service = await install({ scenario }, afterAll);
    const start = (inputs: Readonly<Record<string, string>>) => {
      const step = startStep(0, { server: service.url, token: adminToken, ...inputs }, toolbox);
      onTestFinished(step.remove);
      return step;
    };
    const run = (inputs: Readonly<Record<string, string>>) => start(inputs).ended;
    const newest = (project: string) => service.simulator.pipelines(project).at(-1);

    test('ends with 0 and sets its outputs when the pipeline succeeds', async () => {
      const finished = await run({ project: 'group/app' });
      expect(finished, finished.stdout + finished.stderr).toMatchObject({ code: 0, stderr: '' });
      expect(finished.outputs).toMatchObject({
        id: expect.stringMatching(/^trg_/) as string,
        pipelineId: String(newest('group/app')?.id),
        url: expect.stringContaining(`/group/app/-/pipelines/${newest('group/app')?.id}`) as string,
        outcome: 'success',
      });
      expect(commandsIn(finished.stdout)).toEqual(['::group::group/app main: success', '::endgroup::']);
      expect(finished.summary).toContain('**success**');
    });

    test.for([
      ['failing', 'failed'],
      ['canceled', 'canceled'],
      ['manual', 'manual'],
    ])('ends with 1 and one annotation when the pipeline of group/%s ends %s', async ([project, outcome]) => {
      const finished = await run({ project: `group/${project}` });
      expect(finished, finished.stdout).toMatchObject({ code: 1, outputs: { outcome } });
      expect(commandsIn(finished.stdout).filter((line) => line.startsWith('::error'))).toEqual([
        expect.stringMatching(new RegExp(`^::error title=pipeline-trigger::.*group/${project}.*${outcome}`)),
      ]);
    });

    test('shows the log of a failed job, whose lines command the runner nothing', async () => {
      const { stdout } = await run({ project: 'group/failing' });
      expect(stdout).toContain('::set-output name=outcome::success');
      expect(commandsIn(stdout)).toEqual([
        '::group::group/failing main: failed',
        '::endgroup::',
        expect.stringMatching(/^::error title=pipeline-trigger::/),
      ]);
    });

    test('hands variables on as they are, as lines and as JSON', async () => {
      const odd = `it's "quoted" \\ $(touch pwned) \`touch pwned\` $HOME % é🚀=x`;
      await run({ project: 'group/app', variables: `ODD=${odd}\nEMPTY=\n\nB=2` });
      expect(newest('group/app')?.variables).toMatchObject({ ODD: odd, EMPTY: '', B: '2' });
      await run({
        project: 'group/app',
        variables: '{"LINES": "a\\nb"}',
        request: ' {"deadlineSeconds": 60} ',
      });
      expect(newest('group/app')?.variables).toMatchObject({ LINES: 'a\nb' });
    });

    test('plays what the request says', async () => {
      const finished = await run({ project: 'group/manual', onManual: 'play', jobs: 'deploy' });
      expect(finished, finished.stdout).toMatchObject({ code: 0, outputs: { outcome: 'success' } });
    });

    test.for([
      [{ variables: 'no name' }, 'expected NAME=value in every line'],
      [{ retry: 'perhaps' }, 'retry: expected true or false'],
      [{ deadlineSeconds: '5 min' }, 'deadlineSeconds: expected a number of seconds'],
      [{ request: '[]' }, 'request: expected a JSON object'],
      [{ project: '..' }, 'the service answered 400: '],
      [{ token: 'wrong-token' }, 'the service answered 401: '],
    ] as const)('ends with 1 and says why, given %j', async ([inputs, why]) => {
      const finished = await run({ project: 'group/app', ...inputs });
      expect(finished, finished.stdout).toMatchObject({ code: 1 });
      expect(commandsIn(finished.stdout)).toEqual([expect.stringContaining(why)]);
    });

    test('cancels the pipeline when the runner interrupts it', async () => {
      const step = start({ project: 'group/slow' });
      await eventually(() => expect(step.stdout()).toContain('running'));
      step.interrupt();
      expect(await step.ended).toMatchObject({ code: 130 });
      await eventually(() => expect(newest('group/slow')?.status).toBe('canceled'));
    });

    test('cancels nothing when its input says so', async () => {
      const step = start({ project: 'group/slow', cancel: 'false' });
      await eventually(() => expect(step.stdout()).toContain('running'));
      step.interrupt();
      const { code, outputs } = await step.ended;
      expect(code).toBe(130);
      expect(await service.show(outputs['id'] ?? '')).toMatchObject({ state: 'pending' });
      // The step that cancels after it does so on its own.
      const last = startStep(1, { server: `${service.url}/`, token: adminToken }, toolbox, { outputs });
      onTestFinished(last.remove);
      expect(await last.ended).toMatchObject({ code: 0 });
      await eventually(() => expect(newest('group/slow')?.status).toBe('canceled'));
    });

    test('leaves no file and no token behind', async () => {
      const { folder, stdout, stderr, summary, outputs } = await run({ project: 'group/app' });
      expect(readdirSync(folder)).toEqual([]);
      expect(stdout + stderr + summary + JSON.stringify(outputs)).not.toContain(adminToken);
    });
  });
});
