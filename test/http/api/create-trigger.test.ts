import { afterAll, describe, expect, test } from 'vitest';
import type { TriggerView } from '../../../src/api/trigger-view.ts';
import { apiToken, triggerToken } from '../../support/scenario.ts';
import { eventually } from '../../support/eventually.ts';
import { startService } from '../../support/start-service.ts';

const elsewhere = 'https://gitlab.elsewhere.test';

const world = await startService({ env: { GITLAB_ALLOWED_HOSTS: elsewhere } });
afterAll(world.stop);

const green = { project: 'group/green', ref: 'main' };

const post = (body: unknown, headers: Readonly<Record<string, string>> = {}, query = '') =>
  world.call('POST', `/v1/triggers${query}`, { body, headers });

const keyed = (key: string) => ({ 'idempotency-key': key });
const pipelinesOf = (project: string) => world.simulator.pipelines(project);

describe('a request for a trigger', () => {
  test('is accepted as soon as it is stored', async () => {
    const answer = await post(green);
    const trigger = answer.json as TriggerView;
    expect(answer.status).toBe(202);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('location')).toBe(`triggers/${trigger.id}`);
    expect(trigger).toEqual({
      id: expect.stringMatching(/^trg_[0-9a-f]{32}$/) as string,
      project: 'group/green',
      projectId: null,
      ref: 'main',
      state: 'pending',
      pipelineId: null,
      pipelineStatus: null,
      webUrl: null,
      outcome: null,
      reason: null,
      onManual: 'fail',
      playedJobs: [],
      failedJobs: [],
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      updatedAt: trigger.createdAt,
      finishedAt: null,
      deadlineAt: new Date(Date.parse(trigger.createdAt) + 86_400_000).toISOString(),
      waiters: 0,
    });
    expect(await world.finished(trigger.id)).toMatchObject({
      projectId: 2,
      state: 'finished',
      outcome: 'success',
      pipelineStatus: 'success',
      webUrl: expect.stringMatching(/\/group\/green\/-\/pipelines\/\d+$/) as string,
    });
  });

  test('may name the project by its id, as a number or text', async () => {
    const before = pipelinesOf('group/green').length;
    const triggers = [
      await world.trigger({ ...green, project: 2 }),
      await world.trigger({ ...green, project: '2' }),
    ];
    for (const { id, project } of triggers) {
      expect(project).toBe('2');
      expect(await world.finished(id)).toMatchObject({ outcome: 'success', projectId: 2 });
    }
    expect(pipelinesOf('group/green')).toHaveLength(before + 2);
  });

  test('brings variables, inputs and a token of its own', async () => {
    const variables = {
      'A&B': 'x=1&y=2',
      LINES: '1\n2\r\n3',
      UTF8: 'ünï 世界 🚀',
      EMPTY: '',
      QUOTES: `"'\\`,
    };
    const inputs = { deployEnv: 'prod', count: 3, list: ['a', { b: null }], flag: true };
    const { id } = await world.trigger({ ...green, ref: 'feature/slash', variables, inputs, triggerToken });
    expect(await world.finished(id)).toMatchObject({ ref: 'feature/slash', outcome: 'success' });
    expect(pipelinesOf('group/green').at(-1)).toMatchObject({
      ref: 'feature/slash',
      source: 'trigger',
      variables: { ...variables, PIPELINE_TRIGGER_ID: id },
      inputs,
    });
  });

  test('may have rules for manual jobs, which are shown', async () => {
    const manual = [
      { job: 'deploy', action: 'play' },
      { job: '*', action: 'fail' },
    ];
    const { json } = await post({ project: 'group/manual', ref: 'main', manual });
    const { id } = json as TriggerView;
    expect(json).toMatchObject({ manual });
    expect(await world.finished(id)).toMatchObject({
      outcome: 'success',
      playedJobs: [{ name: 'deploy' }],
      manual,
    });
  });

  test('takes null for what it leaves out', async () => {
    const nothing = {
      pipelineId: null,
      jobs: null,
      gitlabUrl: null,
      triggerToken: null,
      apiToken: null,
      upstream: null,
    };
    expect((await post({ ...green, ...nothing, callbackUrl: null })).status).toBe(202);
  });

  test('sets its own deadline', async () => {
    const { createdAt, deadlineAt } = await world.trigger({ ...green, deadlineSeconds: 60 });
    expect(Date.parse(deadlineAt) - Date.parse(createdAt)).toBe(60_000);
  });

  test('never shows its secrets again', async () => {
    const secret = { variables: { K: 'canary' }, inputs: { i: 'canary' }, apiToken, triggerToken };
    const { id } = await world.trigger({ ...green, ...secret });
    await world.finished(id);
    for (const path of [
      `/v1/triggers/${id}`,
      `/v1/triggers/${id}/events`,
      '/v1/triggers?state=all',
      '/v1/deliveries',
    ]) {
      const { text } = await world.call('GET', path);
      expect(text).not.toMatch(/canary|glpat|glptt/);
    }
  });
});

describe('a request that is not understood', () => {
  test.each<[string, unknown, string]>([
    ['a member that there is none of', { ...green, colour: 'red' }, 'there is no member colour here'],
    ['no project', { ref: 'main' }, 'project: '],
    ['no ref', { project: 'group/green' }, 'ref: '],
    ['an empty project', { ...green, project: '' }, 'project: '],
    ['an empty ref', { ...green, ref: '' }, 'ref: '],
    ['a ref that is none', { ...green, ref: 5 }, 'ref: '],
    ['a ref that is too long', { ...green, ref: 'x'.repeat(10_001) }, 'ref: '],
    ['a project that is none', { ...green, project: -1 }, 'project: '],
    ['a variable that is no text', { ...green, variables: { K: 5 } }, 'variables.K: '],
    ['variables as a list', { ...green, variables: [{ key: 'K', value: 'v' }] }, 'variables: '],
    ['a variable without a name', { ...green, variables: { '': 'v' } }, 'variables.: '],
    [
      'a variable that is ours',
      { ...green, variables: { PIPELINE_TRIGGER_ID: 'x' } },
      'variables: PIPELINE_TRIGGER_ID is set by this service',
    ],
    ['inputs as a list', { ...green, inputs: ['x'] }, 'inputs: '],
    ['retry as text', { ...green, retry: 'yes' }, 'retry: '],
    ['a pipeline that is none', { ...green, pipelineId: 1.5 }, 'pipelineId: '],
    ['a way with manual jobs that there is not', { ...green, onManual: 'wait' }, 'onManual: '],
    ['no jobs to play', { ...green, jobs: [] }, 'jobs: '],
    ['jobs that are none', { ...green, jobs: [5] }, 'jobs.0: '],
    ['no time at all', { ...green, deadlineSeconds: 0 }, 'deadlineSeconds: '],
    ['more time than a year', { ...green, deadlineSeconds: 31_536_001 }, 'deadlineSeconds: '],
    ['a GitLab that is none', { ...green, gitlabUrl: 'gitlab' }, 'gitlabUrl: '],
    ['an empty token', { ...green, triggerToken: '' }, 'triggerToken: '],
    ['half an upstream', { ...green, upstream: { project: 'group/parent' } }, 'upstream.pipelineId: '],
    [
      'too much of an upstream',
      { ...green, upstream: { project: 'a/b', pipelineId: 1, iid: 1 } },
      'upstream: there is no member iid here',
    ],
    ['a list', [green], ''],
    ['text', '"group/green"', ''],
    ['a number', '7', ''],
    ['nothing', 'null', ''],
  ])('because of %s says so', async (_what, body, detail) => {
    const answer = await post(body);
    expect(answer.json).toMatchObject({
      type: '/problems/invalid',
      status: 400,
      title: 'The request is not understood',
    });
    expect((answer.json as { detail: string }).detail).toContain(detail);
    expect(answer.status).toBe(400);
  });

  test.each([[''], ['{'], ['project=group/green&ref=main'], [`${JSON.stringify(green)},`]])(
    'because it is not JSON: %j',
    async (body) => {
      expect((await post(body)).json).toMatchObject({ status: 400, detail: 'the body is not JSON' });
    },
  );

  test('does not repeat what was wrong, which may be a secret', async () => {
    const canaries = {
      ...green,
      ref: { a: 'canary' },
      variables: { K: ['canary'] },
      triggerToken: ['canary'],
      onManual: 'canary',
      gitlabUrl: 'canary',
    };
    const answer = await post(canaries);
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain('canary');
  });

  test('because it is too large', async () => {
    const answer = await post({ ...green, variables: { FILE: 'x'.repeat(2 ** 20) } });
    expect(answer.json).toMatchObject({ type: '/problems/too_large', status: 413 });
  });

  test('because it is nested too deeply', async () => {
    const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const answer = await post(`{"project":"group/green","ref":"main","inputs":${deep}}`);
    expect(answer.json).toMatchObject({ type: '/problems/invalid', status: 400 });
  });

  test('because it is nested deeper than need be', async () => {
    const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    const withInput = (levels: number) =>
      post(`{"project":"group/green","ref":"main","inputs":{"a":${nested(levels)}}}`);
    expect((await withInput(50)).status).toBe(202);
    expect((await withInput(101)).json).toMatchObject({
      status: 400,
      detail: 'the body is nested too deeply',
    });
  });

  test('because it does not say that it is JSON', async () => {
    const answer = await post(green, { 'content-type': 'application/x-www-form-urlencoded' });
    expect(answer.json).toMatchObject({ type: '/problems/unsupported_media_type', status: 415 });
  });

  test('because of its query makes nothing', async () => {
    for (const query of ['?wait=0', '?wait=56', '?wait=soon', '?wait=', '?mode=fast'])
      expect((await post({ ...green, ref: 'query' }, {}, query)).json).toMatchObject({
        type: '/problems/invalid',
        status: 400,
      });
    expect((await world.call('GET', '/v1/triggers?state=all&ref=query')).json).toEqual({
      items: [],
      nextCursor: null,
    });
  });
});

describe('a GitLab', () => {
  test('that is not allowed is forbidden', async () => {
    for (const gitlabUrl of [
      'https://evil.test',
      `${elsewhere}.evil.test`,
      `${elsewhere}/path`,
      `${elsewhere}:8443`,
    ]) {
      const answer = await post({ ...green, gitlabUrl });
      expect(answer.json).toMatchObject({ type: '/problems/forbidden', status: 403 });
      expect(answer.status).toBe(403);
    }
  });

  test('that is allowed, or ours, may be named', async () => {
    expect((await post({ ...green, gitlabUrl: `${elsewhere}/` })).status).toBe(202);
    expect((await post({ ...green, gitlabUrl: world.simulator.url })).status).toBe(202);
  });

  test('that is not ours is not given our tokens', async () => {
    const { id } = await world.trigger({ ...green, gitlabUrl: elsewhere });
    expect(await world.finished(id)).toMatchObject({
      outcome: 'error',
      reason: 'there is no GitLab token to create the pipeline',
    });
  });
});

test('no host is allowed for callbacks', async () => {
  const answer = await post({ ...green, callbackUrl: 'https://callback.test' });
  expect(answer.json).toMatchObject({ type: '/problems/forbidden', status: 403 });
});

describe('the same Idempotency-Key', () => {
  test('with the same request gives the first trigger again, finished or not', async () => {
    const before = pipelinesOf('group/green').length;
    const first = await post(green, keyed('same'));
    const { id } = first.json as TriggerView;
    await world.finished(id);
    const second = await post(green, keyed('same'));
    expect(second.status).toBe(202);
    expect(second.headers.get('location')).toBe(`triggers/${id}`);
    expect(second.json).toMatchObject({ id, state: 'finished', outcome: 'success' });
    expect(pipelinesOf('group/green')).toHaveLength(before + 1);
  });

  test('gives the first trigger also while it is being made', async () => {
    const before = pipelinesOf('group/green').length;
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(green, keyed('concurrent'))));
    const [first] = answers.map(({ json }) => (json as TriggerView).id);
    expect(answers.map(({ status, json }) => [status, (json as TriggerView).id])).toEqual(
      answers.map(() => [202, first]),
    );
    await world.finished(first ?? '');
    expect(pipelinesOf('group/green')).toHaveLength(before + 1);
  });

  test('does not mind in which order the same is said, nor what is said by default', async () => {
    const one = await post({ ...green, variables: { A: '1', B: '2' } }, keyed('order'));
    const other = await post(
      { variables: { B: '2', A: '1' }, retry: false, ref: 'main', project: 'group/green' },
      keyed('order'),
    );
    expect(other.status).toBe(202);
    const { id } = one.json as TriggerView;
    expect((other.json as TriggerView).id).toBe(id);
    await world.finished(id);
  });

  test.each<[string, object]>([
    ['ref', { ref: 'feature/slash' }],
    ['variables', { variables: { K: 'other' } }],
    ['inputs', { inputs: { env: 'prod' } }],
    ['token', { apiToken }],
    ['deadline', { deadlineSeconds: 60 }],
  ])('with another %s is an error', async (what, other) => {
    const before = pipelinesOf('group/green').length;
    const { id } = (await post({ ...green, variables: { K: 'v' } }, keyed(what))).json as TriggerView;
    const answer = await post({ ...green, variables: { K: 'v' }, ...other }, keyed(what));
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({ type: '/problems/key_reused', status: 422 });
    await world.finished(id);
    expect(pipelinesOf('group/green')).toHaveLength(before + 1);
  });

  test('is another one when it is empty, and refused when it is endless', async () => {
    const [one, other] = [await post(green, keyed('')), await post(green, keyed(''))];
    expect((one.json as TriggerView).id).not.toBe((other.json as TriggerView).id);
    expect((await post(green, keyed('k'.repeat(255)))).status).toBe(202);
    expect((await post(green, keyed('k'.repeat(256)))).json).toMatchObject({
      type: '/problems/invalid',
      status: 400,
    });
  });
});

describe('a request that waits', () => {
  test('is answered as one who waits for the trigger is', async () => {
    const answer = await post(green, {}, '?wait=20');
    const trigger = answer.json as TriggerView;
    expect(answer.status).toBe(200);
    expect(trigger).toMatchObject({ state: 'finished', outcome: 'success' });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      location: `triggers/${trigger.id}`,
      'cache-control': 'no-store',
      'pipeline-trigger-state': 'finished',
      'pipeline-trigger-outcome': 'success',
    });
  });

  test('gets status 424 when the pipeline fails', async () => {
    const answer = await post({ project: 'group/failing', ref: 'main' }, {}, '?wait=20');
    expect(answer.status).toBe(424);
    expect(answer.json).toMatchObject({ type: '/problems/failed', trigger: { outcome: 'failed' } });
  });

  test('gets status 503 with Retry-After while the pipeline runs', async () => {
    const answer = await post({ project: 'group/app', ref: 'main' }, {}, '?wait=1');
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 503, text: '' });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'retry-after': '1',
      'pipeline-trigger-state': 'pending',
      location: expect.stringMatching(/^triggers\/trg_/) as string,
    });
  });

  test('may be answered with a word', async () => {
    const answer = await post(green, {}, '?wait=20&mode=text');
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 200, text: 'success' });
  });

  test('is sent to where it follows', async () => {
    const answer = await post(green, {}, '?mode=follow');
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 303, text: '' });
    expect(answer.headers.get('location')).toMatch(/^triggers\/trg_[0-9a-f]+\/wait\?mode=follow$/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('keeps its time when it follows', async () => {
    const answer = await post(green, {}, '?mode=follow&wait=7');
    expect(answer.headers.get('location')).toMatch(/\/wait\?mode=follow&wait=7$/);
  });
});

test('a pipeline is asked for again after GitLab had no answer, and made once', async () => {
  const match = { method: 'POST', project: 'group/flaky' };
  world.simulator.faults.api.push({ kind: 'status', status: 502, match, times: 1 });
  const { id } = await world.trigger({ project: 'group/flaky', ref: 'main' });
  await eventually(async () => {
    const { json } = await world.call('GET', `/v1/triggers/${id}`);
    expect(json).toMatchObject({ state: 'pending', reason: 'GitLab answers 502' });
  });
  expect(await world.finished(id)).toMatchObject({ outcome: 'failed' });
  expect(pipelinesOf('group/flaky')).toHaveLength(1);
});

describe('autoRetry and failureGraceSeconds', () => {
  test.each<[string, object]>([
    ['a reason that no retry helps', { autoRetry: { reasons: ['script_failure'] } }],
    ['a reason that does not exist', { autoRetry: { max: 2, reasons: ['infrastructure', 'bad_luck'] } }],
  ])('%s is 422', async (_what, more) => {
    const answer = await post({ ...green, ...more });
    expect([answer.status, answer.json]).toMatchObject([422, { type: '/problems/not_retriable' }]);
  });

  test.each<[string, object]>([
    ['no retry', { autoRetry: { max: 0 } }],
    ['six retries', { autoRetry: { max: 6 } }],
    ['no reason', { autoRetry: { reasons: [] } }],
    ['a watch of minus one second', { failureGraceSeconds: -1 }],
    ['a watch of two days', { failureGraceSeconds: 172_800 }],
    ['another member', { autoRetry: { max: 1, wait: 5 } }],
  ])('%s is 400', async (_what, more) => {
    expect((await post({ ...green, ...more })).status).toBe(400);
  });

  test('what the infrastructure broke is retried, and shown', async () => {
    const request = { project: 'group/broken-runner', ref: 'main', autoRetry: { max: 1 } };
    const { id, retries } = (await post(request)).json as TriggerView;
    expect(retries).toEqual([]);
    expect(await world.finished(id)).toMatchObject({
      outcome: 'success',
      retries: [{ job: 'unit', reason: 'runner_system_failure', at: expect.any(String) as string }],
    });
  });
});
