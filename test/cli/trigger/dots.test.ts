import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { idOf, tokens } from './support/scenario.ts';
import type { RunningTrigger } from './support/start-trigger.ts';
import { startTrigger } from './support/start-trigger.ts';
import type { World } from './support/world.ts';
import { startWorld } from './support/world.ts';

/** Each look at the pipeline is a dot, to the byte as in the Python command's tests, where nobody else brings news. */
let world: World;
beforeAll(async () => {
  world = await startWorld('standalone');
});
afterAll(() => world.stop());

const pipelineIn = (stdout: string): number => Number(/created \(id: (\d+)\)/.exec(stdout)?.[1] ?? NaN);

const pipelineOf = (running: RunningTrigger): Promise<number> =>
  eventually(() => {
    const id = pipelineIn(running.stdout());
    expect(id).toBeGreaterThan(0);
    return id;
  });

/** Resolves when the output ends so. */
const printed = (running: RunningTrigger, end: string): Promise<void> =>
  eventually(() => expect(running.stdout().endsWith(end)).toBe(true));

const fresh = (path: string, id: number): string =>
  [
    `Triggering pipeline for ref 'main' for project id ${idOf(path)}`,
    `Pipeline created (id: ${id})`,
    `See pipeline at ${world.simulator.url}/${path}/pipelines/${id}`,
    `Waiting for pipeline ${id} to finish ...`,
    '',
  ].join('\n');

test.concurrent('running, running, success: three dots', async () => {
  const running = world.start([idOf('group/by-hand')]);
  const id = await pipelineOf(running);
  await printed(running, '...\n.');
  world.simulator.apply(id, 'success', ['build']);
  await printed(running, '...\n..');
  world.simulator.apply(id, 'success', ['unit']);
  const { code, stdout } = await running.ended;
  expect(stdout).toBe(`${fresh('group/by-hand', id)}...\nPipeline succeeded\n`);
  expect(code).toBe(0);
});

test.concurrent('9: of a skipped pipeline the first manual job is played', async () => {
  const path = 'group/optional-by-hand';
  const running = world.start(['--on-manual', 'play', idOf(path)]);
  const id = await pipelineOf(running);
  await printed(running, '"stage1"...\n..');
  world.simulator.apply(id, 'success', ['manual1']);
  const { code, stdout } = await running.ended;
  expect(stdout).toBe(
    `${fresh(path, id)}
Playing manual job "manual1" from stage "stage1"...
...
Pipeline succeeded
`,
  );
  expect(code).toBe(0);
});

test.concurrent('each time that the pipeline is blocked the first job is played', async () => {
  const path = 'group/blocked-by-hand';
  const running = world.start(['--on-manual', 'play', idOf(path)]);
  const id = await pipelineOf(running);
  await printed(running, '"manual1" from stage "stage1"...\n..');
  world.simulator.apply(id, 'success', ['manual1']);
  await printed(running, '"manual2" from stage "stage1"...\n..');
  world.simulator.apply(id, 'success', ['manual2']);
  const { stdout } = await running.ended;
  expect(stdout).toBe(
    `${fresh(path, id)}
Playing manual job "manual1" from stage "stage1"...
..
Playing manual job "manual2" from stage "stage1"...
...
Pipeline succeeded
`,
  );
});

test.concurrent('a pipeline that had ended at the first look: one dot, and no sleep after it', async () => {
  const { stdout } = await world.run(['-s', '3600', '--on-manual', 'pass', idOf('group/one-manual')]);
  expect(stdout).toMatch(/finish \.\.\.\n\.\nPipeline status is "manual", action "pass"\n$/);
});

test.concurrent('detached without an api token: the page of the pipeline is not shown', async () => {
  const path = 'group/by-hand';
  const args = ['-d', ...tokens.slice(2), '-t', 'main', '-h', world.simulator.url, idOf(path)];
  const { code, stdout } = await startTrigger(args).ended;
  expect(stdout).toBe(
    `Triggering pipeline for ref 'main' for project id ${idOf(path)}
Pipeline created (id: ${pipelineIn(stdout)})
Detached mode: not monitoring pipeline status - exiting now.
`,
  );
  expect(code).toBe(0);
});
