import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { TriggerId } from '../../../src/domain/ids.ts';
import { eventually } from '../../support/eventually.ts';
import { adminToken } from '../../support/start-service.ts';
import { install } from '../../support/service-process.ts';
import { startProxy } from '../../support/start-proxy.ts';
import { idOf, scenario, tokens, triggerToken } from './support/scenario.ts';
import { startTrigger } from './support/start-trigger.ts';
import type { World } from './support/world.ts';
import { linesOf, startWorld } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld('service');
});
afterAll(() => world.stop());

const pipelinesOf = (path: string): number => world.simulator.pipelines(path).length;

/** Runs with the service at another address: that of a proxy. */
const runOver = (url: string, args: readonly string[]) => world.run(args, { PIPELINE_TRIGGER_URL: url });

/** The newest trigger, as the service has it stored. */
async function newestTrigger() {
  const { json } = (await world.service?.call('GET', '/v1/triggers?state=all&limit=1')) ?? {};
  const [{ id }] = (json as { items: [{ id: TriggerId }] }).items;
  return (await world.service?.service.store.triggers.find(id))?.trigger;
}

describe('in a GitLab job', () => {
  const job = { CI_PROJECT_ID: '7', CI_PROJECT_PATH: 'group/parent', CI_PIPELINE_ID: '70', CI_JOB_ID: '700' };

  test('asking again is the same trigger; another request is another one, as is another job', async () => {
    const before = pipelinesOf('group/green');
    const first = await world.call([idOf('group/green')], job);
    const second = await world.call([idOf('group/green')], job);
    expect(second.stdout.replaceAll(/^\.+$/gm, '')).toBe(first.stdout.replaceAll(/^\.+$/gm, ''));
    expect(pipelinesOf('group/green') - before).toBe(1);
    await world.call(['-e', 'A=1', idOf('group/green')], job);
    await world.call([idOf('group/green')], { ...job, CI_JOB_ID: '701' });
    expect(pipelinesOf('group/green') - before).toBe(3);
  });

  test('it says for whom it asks', async () => {
    await world.call(['-d', '--cancel-on-interrupt', idOf('group/by-hand')], { ...job, CI_JOB_ID: '702' });
    expect((await newestTrigger())?.request).toMatchObject({
      upstream: { project: 'group/parent', pipelineId: 70, jobId: 702 },
      cancelWithUpstream: true,
    });
    await world.call(['-d', idOf('group/by-hand')]);
    expect((await newestTrigger())?.request).toMatchObject({ upstream: null, cancelWithUpstream: false });
  });
});

test('without a job each run is a trigger of its own', async () => {
  const before = pipelinesOf('group/by-hand');
  await world.call(['-d', idOf('group/by-hand')]);
  await world.call(['-d', idOf('group/by-hand')]);
  expect(pipelinesOf('group/by-hand') - before).toBe(2);
});

test('the status of each job is shown on stderr', async () => {
  const { stderr } = await world.call([idOf('group/green')]);
  expect(stderr).toMatch(/^trigger: job build \(build\): \w+$/m);
  expect(stderr).toMatch(/^trigger: job unit \(test\): \w+$/m);
});

test('when a proxy cuts idle connections, the session continues and shows nothing twice', async () => {
  const proxy = await startProxy(world.service?.url ?? '', 400);
  const running = world.start([idOf('group/by-hand')], { PIPELINE_TRIGGER_URL: proxy.url });
  await eventually(() => expect(proxy.cut()).toBeGreaterThan(0));
  await eventually(() => expect(running.stdout()).toContain('Pipeline created'));
  const id = Number(/created \(id: (\d+)\)/.exec(running.stdout())?.[1]);
  world.simulator.apply(id, 'success', ['build']);
  await eventually(() => expect(proxy.cut()).toBeGreaterThan(1));
  world.simulator.apply(id, 'success', ['unit']);
  const { code, stdout } = await running.ended;
  expect(linesOf(stdout)).toEqual([
    `Triggering pipeline for ref 'main' for project id ${idOf('group/by-hand')}`,
    `Pipeline created (id: ${id})`,
    `See pipeline at ${world.simulator.url}/group/by-hand/pipelines/${id}`,
    `Waiting for pipeline ${id} to finish ...`,
    'Pipeline succeeded',
  ]);
  expect(code).toBe(0);
});

test('the answer to the request is lost: the same trigger, no second pipeline', async () => {
  const service = world.service?.url ?? '';
  let lost = 0;
  const proxy = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '' } = request;
      const headers = request.headers as Record<string, string>;
      const body = method === 'POST' ? Buffer.concat(chunks) : null;
      const answer = fetch(service + url, { method, headers: withoutHopByHop(headers), body });
      answer.then(
        async (answered) => {
          const content = Buffer.from(await answered.arrayBuffer());
          lost += method === 'POST' ? 1 : 0;
          if (method === 'POST' && lost < 3) {
            response.destroy();
            return;
          }
          const { 'transfer-encoding': _, ...rest } = Object.fromEntries(answered.headers);
          response.writeHead(answered.status, rest);
          response.end(content);
        },
        () => response.destroy(),
      );
    });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => void proxy.close());
  const before = pipelinesOf('group/green');
  const { port } = proxy.address() as AddressInfo;
  const { code, stderr } = await runOver(`http://127.0.0.1:${port}`, [idOf('group/green')]);
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /^trigger: no answer from the service at http:\/\/127\.0\.0\.1:\d+ \(.+\); trying again in \d\.\d s$/m,
  );
  expect(pipelinesOf('group/green') - before).toBe(1);
});

const withoutHopByHop = ({
  connection: _c,
  'content-length': _l,
  host: _h,
  ...rest
}: Record<string, string>) => rest;

test('the service stays away for longer than --server-timeout: exit 2', async () => {
  const url = await freeAddress();
  const args = ['--server-timeout', '2', '--json', idOf('group/green')];
  const { code, stdout, stderr } = await runOver(url, args);
  const lines = stderr.trimEnd().split('\n');
  expect(lines[0]).toBe(
    `trigger: no answer from the service at ${url} (ECONNREFUSED); trying again in ${/[\d.]+(?= s$)/.exec(lines[0] ?? '')?.[0]} s`,
  );
  expect(lines.at(-1)).toBe(
    `trigger: error: no answer from the service at ${url} for 2 seconds (ECONNREFUSED)`,
  );
  expect(stdout).toBe(`Triggering pipeline for ref 'main' for project id ${idOf('group/green')}\n`);
  expect(code).toBe(2);
});

/** Where nobody listens. */
async function freeAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

test('--cancel-on-interrupt while the service is away: says so, and that the pipeline goes on; exit 2', async () => {
  const proxy = await startProxy(world.service?.url ?? '', 60_000);
  const args = ['--cancel-on-interrupt', '--json', idOf('group/by-hand')];
  const running = world.start(args, { PIPELINE_TRIGGER_URL: proxy.url });
  const id = await eventually(() => {
    expect(running.stdout()).toContain('finish ...');
    return Number(/created \(id: (\d+)\)/.exec(running.stdout())?.[1]);
  });
  proxy.stop();
  await eventually(() => expect(running.stderr()).toContain('trigger: no answer from the service at'));
  running.kill('SIGTERM');
  const { code, stderr } = await running.ended;
  expect(stderr).toContain('trigger: interrupted: canceling the pipeline\n');
  expect(stderr).toMatch(
    /trigger: error: the service could not be reached: the pipeline, if it was triggered, goes on\n/,
  );
  expect(stderr).not.toContain('does not show the pipeline as canceled');
  expect(code).toBe(2);
  expect(world.simulator.pipeline(id).status).not.toMatch(/cancel/);
});

test('the service is killed and started again: the same pipeline, the same end', async () => {
  const installation = await install({
    scenario,
    env: { GITLAB_TOKEN: tokens[1], GITLAB_TRIGGER_TOKEN: triggerToken },
  });
  const { simulator, url } = installation;
  const env = { PIPELINE_TRIGGER_URL: url, PIPELINE_TRIGGER_TOKEN: adminToken };
  const running = startTrigger(['-s', '1', '-t', 'main', 'group/by-hand'], env);
  const id = await eventually(() => {
    const [, seen] = /finish \.\.\.\n/.exec(running.stdout())
      ? (/created \(id: (\d+)\)/.exec(running.stdout()) ?? [])
      : [];
    expect(seen).toBeDefined();
    return Number(seen);
  });
  await installation.service.end('SIGKILL');
  simulator.apply(id, 'success', ['build']);
  simulator.apply(id, 'success', ['unit']);
  await eventually(() => expect(running.stderr()).toContain('trigger: no answer from the service at'));
  await installation.startAgain();
  const { code, stdout } = await running.ended;
  expect(linesOf(stdout).slice(-2)).toEqual([
    `Waiting for pipeline ${id} to finish ...`,
    'Pipeline succeeded',
  ]);
  expect(code).toBe(0);
  expect(simulator.pipelines('group/by-hand')).toHaveLength(1);
});
