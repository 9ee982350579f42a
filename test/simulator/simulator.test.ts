import { expect, test } from 'vitest';
import { describeSimulator } from '../../simulator/describe.ts';
import { defaultScenario, demoScenario } from '../../simulator/scenarios.ts';
import { startSimulator } from '../../simulator/simulator.ts';
import { call, createPipeline, scenarioOf, start, eventually } from './start.ts';

test('the demo stops at its manual job and goes on when it is played', async () => {
  const simulator = await start(demoScenario, { pace: 0.01 });
  const trigger = '/projects/1/trigger/pipeline?ref=main&token=glptt-app';
  const { id } = (await call(simulator, 'POST', trigger)).body as { id: number };
  await eventually(() => expect(simulator.pipeline(id).status).toBe('manual'));
  simulator.apply(id, 'play', ['deploy']);
  await eventually(() => expect(simulator.pipeline(id).status).toBe('success'));
});

test('the default scenario has a project for each way a pipeline can go', async () => {
  const simulator = await start(defaultScenario, { pace: 0.01 });
  const ends = {
    green: 'success',
    failing: 'failed',
    manual: 'manual',
    'optional-manual': 'success',
    'only-manual': 'skipped',
    flaky: 'failed',
    parent: 'success',
    'many-jobs': 'success',
    'subgroup/slow': 'success',
    broken: 'failed',
  };
  for (const { id, triggerTokens } of simulator.scenario.projects) {
    const [token] = triggerTokens;
    if (typeof token !== 'string') throw new Error(`project ${id} has no trigger token`);
    await call(simulator, 'POST', `/projects/${id}/trigger/pipeline?ref=main&token=${token}`);
  }
  for (const [name, end] of Object.entries(ends)) {
    const first = (): unknown => simulator.pipelines(`group/${name}`)[0]?.status;
    await eventually(() => expect(first(), name).toBe(end));
  }
});

test('describes itself', async () => {
  const simulator = await start();
  expect(describeSimulator(simulator)).toMatchObject({
    url: simulator.url,
    projects: [
      {
        id: 1,
        path: 'group/app',
        refs: ['main', 'feature/slash', 'v1.0'],
        triggerTokens: ['trigger-token'],
        jobs: ['build', 'test'],
      },
    ],
  });
});

test('logs its requests until the log is cleared', async () => {
  const lines: string[] = [];
  const simulator = await start(undefined, { log: (line) => void lines.push(line) });
  await call(simulator, 'GET', '/projects/group%2Fapp?statistics=true');
  expect(simulator.requests).toMatchObject([
    { method: 'GET', path: '/api/v4/projects/group%2Fapp', status: 200, input: { statistics: 'true' } },
  ]);
  expect(lines).toEqual(['GET /api/v4/projects/group%2Fapp 200']);
  simulator.clearRequests();
  expect(simulator.requests).toEqual([]);
});

test('closes immediately, whatever is under way', async () => {
  const slow = { build: { durationMs: 60_000 } };
  const simulator = await startSimulator(scenarioOf({ autoRun: true, jobs: slow }));
  simulator.faults.api.push({ kind: 'hang', match: { path: 'version' } });
  await createPipeline(simulator);
  const hanging = call(simulator, 'GET', '/version');
  const failure = expect(hanging).rejects.toThrow();
  await eventually(() => expect(simulator.requests).toHaveLength(2));
  const before = performance.now();
  await simulator.close();
  await simulator.close();
  expect(performance.now() - before).toBeLessThan(500);
  await failure;
});

test('says what is wrong with a scenario', async () => {
  const wrong = { projects: [{ id: 1, path: 'no-group' }] };
  await expect(startSimulator(wrong)).rejects.toThrow(/not a scenario:[^]*group\/project/);
});
