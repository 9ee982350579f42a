import { afterAll, describe, expect, test } from 'vitest';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { apiToken, scenario, triggerToken } from '../support/scenario.ts';
import { install } from '../support/service-process.ts';
import { faultPlans } from '../support/fault-injection.ts';

const secrets = { variables: { SECRET: 'canary-variable' }, inputs: { secret: 'canary-input' } };

/** Values that somebody, somewhere, has cut, joined or translated. */
const variables = {
  AMPERSAND: 'a&b&variables[X]=y',
  EQUALS: 'a=b==c',
  LINES: 'one\ntwo\r\nthree\n',
  UTF8: 'ünïcödé 世界 🚀',
  EMPTY: '',
  QUOTES: `"double" 'single' \`back\` \\n`,
  DOLLAR: '$HOME ${X} $$ %20+ #',
  JSON: '{"a":[1,"b"]}',
};

describe.each(faultPlans)('$name', async ({ begin }) => {
  /** For the tests that need nothing special. */
  const { simulator, trigger, finished } = await begin({}, afterAll);

  const pipelinesOf = (project: string) => simulator.pipelines(project);

  describe('a pipeline', () => {
    test.each<[string, object, object]>([
      ['by the service’s API token', {}, { source: 'api' }],
      ['by a trigger token of the request', { triggerToken }, { source: 'trigger' }],
      ['by an API token of the request', { apiToken }, { source: 'api' }],
    ])('is made %s, with everything as it was given', async (_how, tokens, expected) => {
      const inputs = { environment: 'prod', replicas: 3, dryRun: false, hosts: ['a', 'b'] };
      const { id } = await trigger({
        project: 'group/green',
        ref: 'feature/slash',
        variables,
        inputs,
        ...tokens,
      });
      expect(await finished(id)).toMatchObject({ outcome: 'success', ref: 'feature/slash' });
      const pipeline = pipelinesOf('group/green').at(-1);
      expect(pipeline).toMatchObject({ ref: 'feature/slash', inputs, ...expected });
      expect(pipeline?.variables).toEqual({ ...variables, PIPELINE_TRIGGER_ID: id });
    });

    test('is made by the service’s trigger token, of a project by its id or path', async () => {
      const { simulator, trigger, finished } = await begin({ env: { GITLAB_TRIGGER_TOKEN: triggerToken } });
      for (const project of [2, '2', 'group/green']) {
        const { id } = await trigger({ project, ref: 'main', variables });
        expect(await finished(id)).toMatchObject({
          outcome: 'success',
          project: String(project),
          projectId: 2,
        });
      }
      const pipelines = simulator.pipelines('group/green');
      expect(pipelines.map(({ source }) => source)).toEqual(['trigger', 'trigger', 'trigger']);
      for (const pipeline of pipelines) expect(pipeline.variables).toMatchObject(variables);
    });
  });

  describe('a retry', () => {
    const flaky = { project: 'group/flaky', ref: 'main' };

    /** A pipeline that failed and would succeed now. */
    async function failedOnce(): Promise<number> {
      const { id } = await trigger(flaky);
      const { outcome, pipelineId } = await finished(id);
      expect(outcome).toBe('failed');
      return pipelineId ?? 0;
    }

    test('of nothing is an error', async () => {
      const none = await trigger({ ...flaky, ref: 'feature/slash', retry: true });
      expect(await finished(none.id)).toMatchObject({
        outcome: 'error',
        reason: 'expected to find at least one pipeline for ref feature/slash',
      });
      const unknown = await trigger({ ...flaky, pipelineId: 999 });
      expect(await finished(unknown.id)).toMatchObject({ outcome: 'error', reason: '404 Not found' });
      expect(pipelinesOf('group/flaky')).toEqual([]);
    });

    test('runs again what failed in the newest pipeline of the ref', async () => {
      const [older, newest] = [await failedOnce(), await failedOnce()];
      const { id } = await trigger({ ...flaky, retry: true });
      expect(await finished(id)).toMatchObject({ outcome: 'success', pipelineId: newest });
      expect(simulator.pipeline(older).status).toBe('failed');
      expect(pipelinesOf('group/flaky')).toHaveLength(2);
    });

    test('of a pipeline by its id runs again what failed in that one', async () => {
      const [older, newest] = [await failedOnce(), await failedOnce()];
      const { id } = await trigger({ ...flaky, pipelineId: older });
      expect(await finished(id)).toMatchObject({ outcome: 'success', pipelineId: older });
      expect(simulator.pipeline(newest).status).toBe('failed');
    });

    test('makes a new pipeline when the ref has moved on', async () => {
      const pipelineId = await failedOnce();
      const sha = simulator.push('group/flaky', 'main');
      const { id } = await trigger({ ...flaky, retry: true });
      expect((await finished(id)).pipelineId).not.toBe(pipelineId);
      expect(pipelinesOf('group/flaky').at(-1)).toMatchObject({ sha });
    });

    test('makes a new pipeline when the old one succeeded', async () => {
      const green = { project: 'group/green', ref: 'main' };
      const first = await finished((await trigger(green)).id);
      const again = await finished((await trigger({ ...green, pipelineId: first.pipelineId })).id);
      expect(again).toMatchObject({ outcome: 'success' });
      expect(again.pipelineId).not.toBe(first.pipelineId);
    });
  });

  describe('manual jobs', async () => {
    const manual = { when: 'manual', script: 'make', allow_failure: false };
    const optional = { when: 'manual', script: 'make' };
    const releases = {
      users: [{ username: 'root', token: apiToken, admin: true }],
      defaultJob: { queueMs: 0, durationMs: 20 },
      projects: [
        {
          id: 1,
          path: 'group/release',
          ci: {
            stages: ['build', 'stage', 'deploy'],
            build: { stage: 'build', script: 'make' },
            approve: { stage: 'stage', ...manual },
            sign: { stage: 'stage', ...manual },
            deploy: { stage: 'deploy', ...manual },
            announce: { stage: 'deploy', ...optional },
            rollback: { stage: 'deploy', ...optional },
          },
        },
      ],
    };

    const { simulator, trigger, finished } = await begin({ scenario: releases }, afterAll);
    const release = { project: 'group/release', ref: 'main', onManual: 'play' };

    /** Names of the jobs that GitLab was asked to play in its newest pipeline, in order; each of them ran once. */
    function played(): readonly string[] {
      const jobs = simulator.pipelines('group/release').at(-1)?.jobs ?? [];
      const asked = simulator.requests.map(({ path }) => Number(/\/jobs\/(\d+)\/play$/.exec(path)?.[1]));
      expect(jobs.filter(({ attempt }) => attempt > 0)).toEqual([]);
      return [...new Set(asked)].flatMap((id) => jobs.find((job) => job.id === id)?.name ?? []);
    }

    test('that block are played in pipeline order, stage after stage; no others', async () => {
      const { id } = await trigger(release);
      const { outcome, playedJobs } = await finished(id);
      expect(outcome).toBe('success');
      expect(playedJobs.map(({ name }) => name)).toEqual(['approve', 'sign', 'deploy']);
      expect(played()).toEqual(['approve', 'sign', 'deploy']);
    });

    test('that are named are played in the order given, optional ones among them', async () => {
      const { id } = await trigger({ ...release, jobs: ['announce', 'sign', 'deploy', 'approve'] });
      expect(await finished(id)).toMatchObject({ outcome: 'success' });
      expect(played()).toEqual(['sign', 'approve', 'announce', 'deploy']);
    });

    test('that are not named keep blocking', async () => {
      const { id } = await trigger({ ...release, jobs: ['sign'] });
      expect(await finished(id)).toMatchObject({
        outcome: 'manual',
        reason: 'waiting for manual jobs: approve',
        playedJobs: [{ name: 'sign' }],
      });
      expect(played()).toEqual(['sign']);
    });
  });
});

describe('a service', () => {
  test('that may only trigger waits for its pipelines, as long as hooks come', async () => {
    const { simulator, trigger, finished } = await install({
      env: { GITLAB_TOKEN: '', GITLAB_TRIGGER_TOKEN: triggerToken },
    });
    const { id } = await trigger({ project: 'group/green', ref: 'main' });
    expect(await finished(id)).toMatchObject({ outcome: 'success' });
    const failing = await trigger({ project: 'group/failing', ref: 'main' });
    expect(await finished(failing.id)).toMatchObject({ outcome: 'failed', failedJobs: [{ name: 'unit' }] });
    expect(simulator.requests.filter(({ method }) => method === 'GET')).toEqual([]);
  });

  test('leaves no secret behind in its logs', async () => {
    const users = [{ username: 'canary', token: 'glpat-canary', admin: true }];
    const { trigger, finished, log, call } = await install({
      scenario: { ...scenario, users },
      env: { LOG_LEVEL: 'trace' },
    });
    for (const project of ['group/green', 'group/failing', 'group/nowhere']) {
      const { id } = await trigger({
        project,
        ref: 'main',
        triggerToken,
        apiToken: 'glpat-canary',
        ...secrets,
      });
      await finished(id);
    }
    await call('GET', '/v1/triggers', { token: 'canary-bearer' });
    await call('POST', '/webhooks/gitlab', {
      token: null,
      body: '{}',
      headers: { 'x-gitlab-token': 'canary-hook' },
    });
    expect(log()).toContain('listening');
    expect(log()).not.toMatch(/canary|glptt|glpat/);
  });
});

describe.each([true, false])(
  'manual trigger jobs, GitLab knows /trigger_jobs: %s',
  async (knowsTriggerJobs) => {
    const trigger = { include: 'child', strategy: 'depend' };
    const scenario: ScenarioInput = {
      users: [{ username: 'root', token: apiToken, admin: true }],
      defaultJob: { queueMs: 0, durationMs: 5 },
      knowsTriggerJobs,
      projects: [
        {
          id: 1,
          path: 'group/parent',
          ci: {
            stages: ['build', 'deploy'],
            build: { stage: 'build', script: 'make' },
            release: { stage: 'deploy', when: 'manual', allow_failure: false, trigger },
          },
          includes: { child: { deploy: { script: 'make' } } },
        },
        {
          id: 2,
          path: 'group/optional',
          ci: { build: { script: 'make' }, announce: { when: 'manual', trigger } },
          includes: { child: { tell: { script: 'make' } } },
        },
      ],
    };

    const service = await install({ scenario }, afterAll);
    const childrenOf = (path: string) =>
      service.simulator.pipelines(path).filter(({ source }) => source === 'parent_pipeline');

    test('one that blocks is played, though no hook shows it', async () => {
      const { id } = await service.trigger({ project: 'group/parent', ref: 'main', onManual: 'play' });
      expect(await service.finished(id)).toMatchObject({
        outcome: 'success',
        playedJobs: [{ name: 'release' }],
      });
      expect(childrenOf('group/parent')).toMatchObject([{ status: 'success' }]);
    });

    test('one that is named is played, though the pipeline succeeds without it', async () => {
      const request = { project: 'group/optional', ref: 'main', onManual: 'play', jobs: ['announce'] };
      const { id } = await service.trigger(request);
      expect(await service.finished(id)).toMatchObject({
        outcome: 'success',
        playedJobs: [{ name: 'announce' }],
      });
      expect(childrenOf('group/optional')).toMatchObject([{ status: 'success' }]);
    });

    test('one that blocks is named where nothing is to be played', async () => {
      const { id } = await service.trigger({ project: 'group/parent', ref: 'main' });
      expect(await service.finished(id)).toMatchObject({
        outcome: 'manual',
        reason: expect.stringContaining('release') as string,
      });
    });
  },
);
