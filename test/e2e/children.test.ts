import { describe, expect, test } from 'vitest';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { eventually } from '../support/eventually.ts';
import { apiToken } from '../support/scenario.ts';
import type { Installation } from '../support/service-process.ts';
import { install } from '../support/service-process.ts';

const script = 'make';
const gate = { script, when: 'manual', allow_failure: false };
const starts = (include: string, strategy = 'depend') => ({
  stage: 'children',
  trigger: { include, strategy },
});

/** A parent of so many children, each of which tests and then waits to be shipped if there is a gate. */
const manyChildren = (count: number, childCi: Readonly<Record<string, unknown>>) => ({
  ci: {
    stages: ['build', 'children'],
    build: { stage: 'build', script },
    ...Object.fromEntries(Array.from({ length: count }, (_, index) => [`child-${index}`, starts('child')])),
  },
  includes: { child: childCi },
});

const scenario: ScenarioInput = {
  users: [{ username: 'root', token: apiToken, admin: true }],
  defaultJob: { queueMs: 0, durationMs: 20 },
  projects: [
    {
      id: 1,
      path: 'group/family',
      ci: {
        stages: ['build', 'children', 'deploy'],
        build: { stage: 'build', script },
        first: starts('first', 'mirror'),
        second: starts('second'),
        deploy: { ...gate, stage: 'deploy' },
      },
      includes: {
        first: { test: { script }, ship: { ...gate, stage: 'deploy' } },
        second: { inner: { trigger: { include: 'inner', strategy: 'depend' } } },
        inner: { migrate: gate },
      },
    },
    {
      id: 2,
      path: 'group/fails',
      ci: { stages: ['build', 'children'], good: starts('good'), bad: starts('bad') },
      includes: {
        good: { wait: { script }, ship: { ...gate, stage: 'deploy' } },
        bad: { unit: { script: 'exit 1' } },
      },
      jobs: { wait: { durationMs: 300 }, unit: { durationMs: 20, trace: 'compiling\nboom\n' } },
    },
    {
      id: 3,
      path: 'group/long',
      ci: { stages: ['children'], one: starts('one'), two: starts('one', 'mirror') },
      includes: { one: { run: { script } } },
      jobs: { run: { durationMs: 600_000 } },
    },
    { id: 10, path: 'group/none', ...manyChildren(0, {}) },
    { id: 11, path: 'group/one', ...manyChildren(1, { test: { script } }) },
    { id: 12, path: 'group/ten', ...manyChildren(10, { test: { script } }) },
    { id: 13, path: 'group/hundred', ...manyChildren(100, { test: { script } }) },
    {
      id: 14,
      path: 'group/ten-gates',
      ...manyChildren(10, { test: { script }, ship: { ...gate, stage: 'deploy' } }),
    },
  ],
};

const at = (project: string, more: object = {}) => ({ project, ref: 'main', ...more });

const played = [
  { name: 'deploy', stage: 'deploy' },
  { name: 'migrate', stage: 'test', pipelineId: expect.any(Number) as number },
  { name: 'ship', stage: 'deploy', pipelineId: expect.any(Number) as number },
];

/** A family with gates in the parent, a child and a grandchild is brought to its end; each is played once. */
async function expectFamilyToEnd({ trigger, finished, simulator }: Installation): Promise<void> {
  const { id } = await trigger(at('group/family', { onManual: 'play' }));
  const ended = await finished(id);
  expect(ended).toMatchObject({ outcome: 'success' });
  expect(ended.playedJobs.toSorted((one, other) => (one.name < other.name ? -1 : 1))).toMatchObject(played);
  expect(ended.children).toMatchObject([
    { name: 'first', projectId: 1, webUrl: expect.stringContaining('/group/family/-/pipelines/') as string },
    { name: 'second' },
    { name: 'inner' },
  ]);
  const plays = simulator.requests.filter(({ path }) => path.endsWith('/play')).map(({ path }) => path);
  expect(new Set(plays).size).toBe(plays.length);
}

describe('manual jobs of parent, child and grandchild are played, each once', { timeout: 120_000 }, () => {
  test('by hooks', async () => {
    // Long before anything would be polled.
    await expectFamilyToEnd(await install({ scenario, env: { SWEEP_SECONDS: '600' } }));
  });

  test('without hooks', async () => {
    await expectFamilyToEnd(await install({ scenario, hooks: false }));
  });

  test('with hooks that are lost, late and come twice', async () => {
    const installation = await install({ scenario });
    installation.simulator.faults.hooks.push(
      { kind: 'drop', probability: 0.3 },
      { kind: 'delay', ms: 300, probability: 0.5 },
      { kind: 'duplicate', probability: 0.3 },
    );
    await expectFamilyToEnd(installation);
  });
});

describe('a blocked child', { timeout: 120_000 }, () => {
  test.each([true, false])('ends a trigger that plays nothing, hooks: %s', async (hooks) => {
    const { trigger, finished, call } = await install({ scenario, hooks });
    const { id } = await trigger(at('group/ten-gates'));
    expect(await finished(id)).toMatchObject({
      outcome: 'manual',
      reason: expect.stringContaining('in child pipelines: child-') as string,
    });
    const { status, json } = await call('GET', `/v1/triggers/${id}/wait`);
    expect(status).toBe(423);
    const { blockingJobs } = json as { blockingJobs: readonly { name: string; pipelineId?: number }[] };
    expect(blockingJobs[0]).toMatchObject({ name: 'ship', pipelineId: expect.any(Number) as number });
  });

  test('is played by a rule for children only', async () => {
    const { trigger, finished } = await install({ scenario });
    const manual = [
      { job: '*', child: true, action: 'play' },
      { job: '*', action: 'pass' },
    ];
    const { id } = await trigger(at('group/family', { manual }));
    const ended = await finished(id);
    expect(ended.outcome).toBe('manual_passed');
    expect(ended.playedJobs.map(({ name }) => name).toSorted()).toEqual(['migrate', 'ship']);
  });

  test('is played by a person', async () => {
    const { trigger, call, show, simulator } = await install({ scenario });
    const { id } = await trigger(at('group/ten-gates', { manual: [{ job: '*', action: 'wait' }] }));
    await eventually(async () => {
      const { children = [] } = await show(id);
      expect(children.filter(({ status }) => status === 'manual')).toHaveLength(10);
    });
    const none = await call('POST', `/v1/triggers/${id}/play`, { body: { jobs: ['shipp'] } });
    expect([none.status, none.text]).toEqual([422, expect.stringContaining('ship') as string]);
    expect((await call('POST', `/v1/triggers/${id}/play`, { body: { jobs: ['ship'] } })).status).toBe(202);
    await eventually(async () => expect((await show(id)).playedJobs).toHaveLength(10));
    expect(simulator.requests.filter(({ path }) => path.endsWith('/play'))).toHaveLength(10);
  });
});

test('a child that fails: nothing is played, and its job and log are shown', async () => {
  const { trigger, finished, call, simulator } = await install({ scenario });
  const { id } = await trigger(at('group/fails', { onManual: 'play' }));
  expect(await finished(id)).toMatchObject({ outcome: 'failed' });
  const { status, json } = await call('GET', `/v1/triggers/${id}/wait`);
  expect(status).toBe(424);
  const { failedJobs } = json as {
    failedJobs: readonly { name: string; pipelineId?: number; trace: string }[];
  };
  expect(failedJobs.find(({ name }) => name === 'unit')).toMatchObject({
    pipelineId: expect.any(Number) as number,
    trace: expect.stringContaining('boom') as string,
  });
  const log = await call('GET', `/v1/triggers/${id}/log?failed=1`);
  expect(log.text).toMatch(/== unit \(test, failed, pipeline \d+\)\ncompiling\nboom/);
  expect(simulator.requests.filter(({ path }) => path.endsWith('/play'))).toEqual([]);
}, 120_000);

test('canceling cancels the children', async () => {
  const { trigger, finished, call, show, simulator } = await install({ scenario });
  const { id } = await trigger(at('group/long'));
  await eventually(async () => expect((await show(id)).children).toHaveLength(2));
  await call('POST', `/v1/triggers/${id}/cancel`);
  expect(await finished(id)).toMatchObject({ outcome: 'canceled' });
  expect(simulator.pipelines('group/long').map(({ status }) => status)).toEqual([
    'canceled',
    'canceled',
    'canceled',
  ]);
}, 120_000);

test('where hooks work, fewer than two reads for each pipeline, however many there are', async () => {
  const { trigger, finished, simulator } = await install({ scenario, env: { SWEEP_SECONDS: '60' } });
  const reads: Record<string, number> = {};
  for (const [project, count] of Object.entries({ none: 0, one: 1, ten: 10, hundred: 100 })) {
    simulator.clearRequests();
    const { id } = await trigger(at(`group/${project}`));
    const { outcome, children = [] } = await finished(id);
    expect([outcome, children.length]).toEqual(['success', count]);
    const gets = simulator.requests.filter(
      ({ method, path }) => method === 'GET' && path.includes('/pipelines/'),
    ).length;
    reads[project] = gets;
    expect(gets).toBeLessThan(2 * (count + 1));
  }
  // As docs/child-pipelines.md says, but for a busy machine on which more hooks come apart.
  expect(reads['hundred']).toBeLessThan(20);
}, 180_000);

test('without hooks, a hundred children cost no read each in a sweep', async () => {
  const { trigger, finished, simulator, pipelineOf, show } = await install({ scenario, hooks: false });
  simulator.setAutoRun('group/hundred', false);
  const { id } = await trigger(at('group/hundred'));
  const pipelineId = await pipelineOf(id);
  simulator.apply(pipelineId, 'success', ['build']);
  await eventually(async () => expect((await show(id)).children).toHaveLength(100), 60_000);
  // Each is read once, twenty in a sweep, to learn whether it has children itself.
  await eventually(async () => {
    simulator.clearRequests();
    await eventually(() => {
      const lists = simulator.requests.filter(({ path }) => path.includes(`/pipelines/${pipelineId}/`));
      expect(lists.length).toBeGreaterThanOrEqual(6);
    }, 60_000);
    const gets = simulator.requests.filter(({ method }) => method === 'GET').length;
    expect(gets).toBeLessThan(15);
  }, 120_000);
  for (const { id: child, source } of simulator.pipelines('group/hundred'))
    if (source === 'parent_pipeline') simulator.apply(child, 'success', ['test']);
  expect(await finished(id)).toMatchObject({ outcome: 'success' });
}, 300_000);
