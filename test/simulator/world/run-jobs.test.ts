import { expect, test } from 'vitest';
import { createPipeline, scenarioOf, start, eventually } from '../start.ts';

const script = 'true';

async function run(ci: Record<string, unknown>, jobs = {}, options = {}) {
  const simulator = await start(scenarioOf({ ci, jobs, autoRun: true }), options);
  return { simulator, id: await createPipeline(simulator) };
}

test('jobs run by themselves, and `exit 1` fails', async () => {
  const { simulator, id } = await run({ a: { stage: 'build', script }, b: { script: ['make', 'exit 1'] } });
  await eventually(() => expect(simulator.pipeline(id).status).toBe('failed'));
  expect(simulator.pipeline(id).jobs).toMatchObject([
    { name: 'a', status: 'success' },
    { name: 'b', status: 'failed', failureReason: 'script_failure' },
  ]);
  expect(simulator.pipeline(id).finishedAtMs).toBeGreaterThan(0);
});

test('a flaky job has a result for each attempt', async () => {
  const flaky = { results: ['failed', 'success'], failureReason: 'runner_system_failure' };
  const { simulator, id } = await run({ a: { script, retry: 1 } }, { a: flaky });
  await eventually(() => expect(simulator.pipeline(id).status).toBe('success'));
  expect(simulator.pipeline(id).jobs).toMatchObject([
    { status: 'failed', retried: true, failureReason: 'runner_system_failure' },
    { status: 'success', attempt: 1 },
  ]);
});

test('a delayed job starts by itself, at the pace of the scenario', async () => {
  const delayed = { script, when: 'delayed', start_in: '5 minutes' };
  const { simulator, id } = await run({ a: delayed }, {}, { pace: 0.001 });
  expect(simulator.pipeline(id).status).toBe('scheduled');
  await eventually(() => expect(simulator.pipeline(id).status).toBe('success'));
});

test('a canceled job may linger', async () => {
  const { simulator, id } = await run({ a: { script } }, { a: { durationMs: 10_000, cancelingMs: 30 } });
  await eventually(() => expect(simulator.pipeline(id).status).toBe('running'));
  simulator.apply(id, 'cancel');
  expect(simulator.pipeline(id).status).toBe('canceling');
  await eventually(() => expect(simulator.pipeline(id).status).toBe('canceled'));
});

test('a project can leave its jobs to the test', async () => {
  const simulator = await start(scenarioOf({ autoRun: true }));
  simulator.setAutoRun('group/app', false);
  const id = await createPipeline(simulator);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(simulator.pipeline(id).status).toBe('pending');
});
