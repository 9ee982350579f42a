import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { repository } from '../support/run-command.ts';
import { apiToken, triggerToken } from '../support/scenario.ts';
import { install } from '../support/service-process.ts';
import { adminToken } from '../support/start-service.ts';
import type { ComponentName, Inputs } from './support/component.ts';
import { components, includeComponent, inputsOf } from './support/component.ts';
import type { ToolboxName } from './support/run-job.ts';
import { hasToolbox, startRunner } from './support/run-job.ts';

const buildAndTest = {
  stages: ['build', 'deploy'],
  build: { stage: 'build', script: 'make' },
};
const byHand = { stage: 'deploy', script: 'make deploy', when: 'manual' };
const oddBranch = `it's-"odd";$(touch\${IFS}pwned)&\`id\`|<é🚀>#`;

const projects = [
  { path: 'group/app', ci: buildAndTest, branches: [oddBranch, 'feature/x'] },
  { path: 'group/failing', ci: buildAndTest, jobs: { build: { result: 'failed' } } },
  { path: 'group/canceled', ci: buildAndTest, jobs: { build: { result: 'canceled' } } },
  {
    path: 'group/manual',
    ci: { ...buildAndTest, 'deploy, "now"': { ...byHand, allow_failure: false }, 'roll back': byHand },
  },
  { path: 'group/slow', ci: buildAndTest, jobs: { build: { durationMs: 120_000 } } },
] as const;

const scenario = {
  users: [{ username: 'root', token: apiToken, admin: true }],
  defaultJob: { queueMs: 0, durationMs: 5 },
  projects: projects.map((project, index) => ({
    ...project,
    branches: 'branches' in project ? [...project.branches] : [],
    id: index + 1,
    triggerTokens: [triggerToken],
  })),
};

/** Each of them ends a text, a line, a word or a command somewhere. */
const message = `it's "quoted" \\ and \\n; $(touch pwned) \`touch pwned\` $HOME \${HOME} $$\n\ttabbed\r\n%s %d é🚀 # : @`;

describe.for(components)('the component %s', (name) => {
  const failed = name === 'trigger' ? 1 : 22;

  // `trigger` has an image of its own, with Debian's shell; in images of others it may meet another one.
  const met: readonly ToolboxName[] =
    name === 'trigger' ? ['debian', 'busybox'] : ['debian', 'bash', 'busybox'];

  describe.for(met)('in an image with the tools of %s', (toolbox) => {
    describe.skipIf(!hasToolbox(toolbox))('', async () => {
      const service = await install({ scenario }, afterAll);
      const runner = startRunner(toolbox);
      afterAll(() => runner.remove());
      let jobs = 0;
      const nextEnv = (): Record<string, string> => ({
        CI_PROJECT_ID: '2',
        CI_PROJECT_PATH: 'group/parent',
        CI_PIPELINE_ID: '99',
        CI_JOB_ID: String((jobs += 1)),
        CI_COMMIT_MESSAGE: message,
        CI_COMMIT_SHORT_SHA: 'c0ffee00',
        PIPELINE_TRIGGER_URL: service.url,
        PIPELINE_TRIGGER_TOKEN: adminToken,
      });
      const run = (inputs: Inputs, env = nextEnv()) => runner.run(includeComponent(name, inputs), env).ended;
      const newest = (project: string) => service.simulator.pipelines(project).at(-1);

      test('ends with 0 when the pipeline succeeds', async () => {
        const finished = await run({ project: 'group/app' });
        expect(finished, finished.stderr).toMatchObject({ code: 0 });
        expect(newest('group/app')).toMatchObject({ ref: 'main', status: 'success' });
      });

      test.for([
        ['failing', 'fails', 'failed'],
        ['canceled', 'is canceled', 'canceled'],
        ['manual', 'is blocked by a manual job', 'manual'],
      ] as const)('ends with another code when the pipeline of group/%s %s', async ([project, , status]) => {
        const finished = await run({ project: `group/${project}` });
        expect(finished.code, finished.stderr).toBe(failed);
        expect(newest(`group/${project}`)?.status).toBe(status);
      });

      test('hands variables on as they are, and those of the job where they are named', async () => {
        const literal = message.replaceAll('$', '$$$$');
        const variables = [
          `LITERAL=${literal}`,
          'MESSAGE=$CI_COMMIT_MESSAGE',
          'VERSION=v1-${CI_COMMIT_SHORT_SHA}=$CI_COMMIT_SHORT_SHA',
          'EMPTY=',
          'NONE=$NOT_SET',
          'PRICE=5$$',
          'BARE=$',
          'MARKUP=<b>&</b>\u2028',
        ];
        const finished = await run({ project: 'group/app', variables });
        expect(finished, finished.stderr).toMatchObject({ code: 0 });
        const { PIPELINE_TRIGGER_ID: id, ...handed } = newest('group/app')?.variables ?? {};
        expect(id).toMatch(/^trg_/);
        expect(handed).toEqual({
          LITERAL: message,
          MESSAGE: message,
          VERSION: 'v1-c0ffee00=c0ffee00',
          EMPTY: '',
          NONE: '',
          PRICE: '5$',
          BARE: '$',
          MARKUP: '<b>&</b>\u2028',
        });
        expect(readdirSync(runner.folder).filter((file) => file !== 'downstream.env')).toEqual([]);
      });

      test('takes a ref with anything in it, and variables of GitLab in its inputs', async () => {
        expect(await run({ project: 'group/app', ref: oddBranch.replaceAll('$', '$$$$') })).toMatchObject({
          code: 0,
        });
        expect(newest('group/app')?.ref).toBe(oddBranch);
        const env = { ...nextEnv(), CI_COMMIT_REF_NAME: 'feature/x', APP: 'group/app' };
        expect(await run({ project: '$APP', ref: '$CI_COMMIT_REF_NAME' }, env)).toMatchObject({ code: 0 });
        expect(newest('group/app')?.ref).toBe('feature/x');
      });

      test('plays manual jobs, all that block or those that are named', async () => {
        expect(await run({ project: 'group/manual', on_manual: 'play' })).toMatchObject({ code: 0 });
        const played = newest('group/manual')?.jobs.filter(({ status }) => status === 'success') ?? [];
        expect(played.map((job) => job.name)).toEqual(['build', 'deploy, "now"']);
        const named = await run({ project: 'group/manual', on_manual: 'play', jobs: ['roll back'] });
        expect(named.code).toBe(failed);
        expect(newest('group/manual')?.jobs.find((job) => job.name === 'roll back')?.status).toBe('success');
      });

      test('gives up when its time is over', async () => {
        const finished = await run({ project: 'group/slow', deadline: 1 });
        expect(finished.code, finished.stderr).toBe(failed);
      });

      test('asks in the name of the job that it is', async () => {
        const { PIPELINE_TRIGGER_TOKEN: key = '', ...env } = nextEnv();
        const finished = await run({ project: 'group/app' }, { ...env, PIPELINE_TRIGGER_ID_TOKEN: key });
        expect(finished, finished.stderr).toMatchObject({ code: 0 });
        expect(
          (await run({ project: 'group/app' }, { ...env, PIPELINE_TRIGGER_ID_TOKEN: 'another' })).code,
        ).not.toBe(0);
      });

      test('says what is wrong with a variable, and starts nothing', async () => {
        const before = service.simulator.pipelines('group/app').length;
        const finished = await run({ project: 'group/app', variables: ['VERSION'] });
        expect(finished.code).not.toBe(0);
        expect(finished.stderr).toContain('variables: expected NAME=value');
        expect(service.simulator.pipelines('group/app')).toHaveLength(before);
      });

      test('cancels the pipeline when the job is canceled', async () => {
        const env = nextEnv();
        const job = includeComponent(name, { project: 'group/slow' });
        const running = runner.run(job, env);
        const before = service.simulator.pipelines('group/slow').length;
        await expect.poll(() => newest('group/slow')?.status, { timeout: 300_000 }).toBe('running');
        await expect
          .poll(async () => (await service.call('GET', '/v1/triggers')).text)
          .toContain('"waiters":1');
        running.cancel();
        await running.ended;
        const after = await runner.runAfter(job, { ...env, CI_JOB_STATUS: 'canceled' });
        expect(after, after.stderr).toMatchObject({ code: 0 });
        await expect.poll(() => newest('group/slow')?.status, { timeout: 300_000 }).toBe('canceled');
        expect(service.simulator.pipelines('group/slow').length - before).toBeLessThanOrEqual(1);
      });
    });
  });

  const refused: readonly (readonly [Inputs, string])[] = [
    [{}, 'project'],
    [{ project: 'group/app\nevil:\n  script: id' }, 'project'],
    [{ project: 'group/app', ref: 'main\n  script: id' }, 'ref'],
    [{ project: 'group/app', job: 'a": {}\n"b' }, 'job'],
    [{ project: 'group/app', stage: 'a"' }, 'stage'],
    [{ project: 'group/app', image: 'a" # ' }, 'image'],
    [{ project: 'group/app', on_manual: 'now' }, 'on_manual'],
    [{ project: 'group/app', variables: 'A=b' }, 'variables'],
    [{ project: 'group/app', deadline: '1' }, 'deadline'],
  ];
  test.for(refused)('refuses %j', ([inputs, input]) => {
    expect(() => includeComponent(name, inputs)).toThrow(input);
  });

  test('reaches its script by variables alone', () => {
    const source = readFileSync(path.join(repository, 'templates', `${name}.yml`), 'utf8');
    expect(source.slice(source.indexOf('  script:\n'))).not.toContain('$[[');
  });
});

describe.for(components)('the component %s without a runner that waits', (name) => {
  describe.for(['debian', 'busybox'] as const)('in an image with the tools of %s', (toolbox) => {
    describe.skipIf(!hasToolbox(toolbox))('', async () => {
      const parent = {
        id: 50,
        path: 'group/parent',
        ci: {
          stages: ['trigger', 'wait'],
          trigger: { stage: 'trigger', script: 'x' },
          'wait: "app"': { stage: 'wait', script: 'x', when: 'delayed', start_in: '6 hours' },
        },
        triggerTokens: [triggerToken],
      };
      const service = await install(
        { scenario: { ...scenario, projects: [...scenario.projects, parent] } },
        afterAll,
      );
      const runner = startRunner(toolbox);
      afterAll(() => runner.remove());
      let jobs = 0;

      async function startUpstream() {
        const answer = await fetch(`${service.simulator.url}/api/v4/projects/50/pipeline?ref=main`, {
          method: 'POST',
          headers: { 'private-token': apiToken },
        });
        const { id } = (await answer.json()) as { id: number };
        const env = {
          CI_PROJECT_ID: '50',
          CI_PROJECT_PATH: 'group/parent',
          CI_PIPELINE_ID: String(id),
          CI_JOB_ID: String((jobs += 1)),
          CI_JOB_NAME: 'wait: "app"',
          PIPELINE_TRIGGER_URL: service.url,
          PIPELINE_TRIGGER_TOKEN: adminToken,
        };
        const pipeline = () => service.simulator.pipelines('group/parent').find((each) => each.id === id);
        return { env, pipeline };
      }

      test.for([
        ['group/app', 0, /success/],
        ['group/failing', 22, /failed/],
      ] as const)(
        'a gate is played when the pipeline of %s has ended, and ends with %i',
        async ([project, code, text]) => {
          const { env, pipeline } = await startUpstream();
          const inputs = { project, wait: 'gate', gate: 'wait: "app"' };
          const sent = await runner.run(includeComponent(name, inputs), env).ended;
          expect(sent, sent.stderr).toMatchObject({ code: 0 });
          await expect
            .poll(() => pipeline()?.jobs.find((job) => job.name === 'wait: "app"')?.status)
            .toBe('success');
          const asked = await runner.run(includeComponent('gate', { stage: 'wait' }), env).ended;
          expect(asked, asked.stderr).toMatchObject({ code, stdout: expect.stringMatching(text) as string });
        },
      );

      test('a commit status follows the pipeline', async () => {
        const { env, pipeline } = await startUpstream();
        const inputs = { project: 'group/failing', wait: 'status' };
        const sent = await runner.run(includeComponent(name, inputs), env).ended;
        expect(sent, sent.stderr).toMatchObject({ code: 0 });
        await expect
          .poll(() => pipeline()?.commitStatuses)
          .toMatchObject([{ name: 'downstream/group/failing', status: 'failed', description: 'failed' }]);
      });
    });
  });
});

test('both components take the same inputs', () => {
  const [curl, trigger] = components.map((name: ComponentName) => inputsOf(name));
  const { image: curlImage, ...others } = curl ?? {};
  expect({ ...others, image: trigger?.['image'] }).toEqual(trigger);
  expect(curlImage?.default).toBe('curlimages/curl');
});
