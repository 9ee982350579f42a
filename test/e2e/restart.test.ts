import { describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { openStream } from '../support/open-stream.ts';
import type { Installation } from '../support/service-process.ts';
import { install } from '../support/service-process.ts';
import { adminToken } from '../support/start-service.ts';
import { openSkies } from '../support/fault-injection.ts';

const app = { project: 'group/app', ref: 'main' };

function succeed({ simulator }: Installation, pipelineId: number): void {
  for (const job of ['build', 'unit'])
    for (const event of ['run', 'success'] as const) simulator.apply(pipelineId, event, [job]);
}

async function waitersOf({ show }: Installation, id: string): Promise<number> {
  return (await show(id)).waiters;
}

describe.concurrent('SIGTERM', { timeout: 300_000 }, () => {
  test('answers all who are held, and ends with 0', async ({ onTestFinished }) => {
    const installation = await install({}, onTestFinished);
    const { call, url, service } = installation;
    const { id } = await installation.trigger(app);
    await installation.pipelineOf(id);
    const held = [
      call('GET', `/v1/triggers/${id}/wait`),
      call('GET', `/v1/triggers/${id}/wait?wait=55`),
      call('GET', `/v1/triggers/${id}/wait?mode=follow`),
      call('POST', '/v1/triggers?wait=55', { body: app, headers: { 'idempotency-key': 'held' } }),
    ];
    const word = call('GET', `/v1/triggers/${id}/wait?mode=text`);
    const stream = await openStream(`${url}/v1/triggers/${id}/events`, {
      authorization: `Bearer ${adminToken}`,
    });
    await eventually(async () => expect(await waitersOf(installation, id)).toBe(5));
    await eventually(async () => {
      const { json } = await call('GET', '/v1/triggers');
      expect(json).toMatchObject({ items: [{ waiters: 1 }, { waiters: 5 }] });
    });
    const ended = service.end('SIGTERM');
    for (const answer of await Promise.all(held)) {
      expect({ status: answer.status, text: answer.text }).toEqual({ status: 503, text: '' });
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(answer.headers.get('connection')).toBe('close');
    }
    expect(await word).toMatchObject({ status: 200, text: 'running' });
    expect(await stream.ended).not.toContain('event: outcome');
    const { code, ms } = await ended;
    expect(code).toBe(0);
    // Nothing is under way that it would have to wait for.
    expect(ms).toBeLessThan(8_000);
    expect(installation.log()).toMatch(/"msg":"stopped"\}\n$/);
  });

  test('gives a request that acts a little time, and never sends it twice', async ({ onTestFinished }) => {
    const installation = await install({ hooks: false }, onTestFinished);
    const { simulator, service, trigger } = installation;
    simulator.faults.api.push({ kind: 'hang', executes: true, match: { method: 'POST' }, times: 1 });
    const { id } = await trigger(app);
    await eventually(() => expect(simulator.pipelines('group/app')).toHaveLength(1));
    const { code, ms } = await service.end('SIGTERM');
    expect(code).toBe(0);
    // Three seconds of grace: the request's own ten are not waited for.
    expect(ms).toBeLessThan(7_000);
    await installation.startAgain();
    const pipelineId = await installation.pipelineOf(id);
    succeed(installation, pipelineId);
    expect(await installation.finished(id)).toMatchObject({ outcome: 'success', pipelineId });
    expect(simulator.pipelines('group/app')).toHaveLength(1);
  });

  test('does not wait for a request that only reads', async ({ onTestFinished }) => {
    const { simulator, service, call, trigger, pipelineOf } = await install({}, onTestFinished);
    const { id } = await trigger(app);
    await pipelineOf(id);
    simulator.faults.api.push({ kind: 'hang', match: { method: 'GET' } });
    simulator.clearRequests();
    await call('POST', `/v1/triggers/${id}/reconcile`);
    await eventually(() => expect(simulator.requests.length).toBeGreaterThan(0));
    const { code, ms } = await service.end('SIGTERM');
    expect(code).toBe(0);
    expect(ms).toBeLessThan(5_000);
  });
});

describe.concurrent.each(openSkies)('SIGKILL, $name', { timeout: 300_000 }, ({ begin }) => {
  test('while the pipeline runs: it is waited for on', async ({ onTestFinished }) => {
    const installation = await begin({}, onTestFinished);
    const { id } = await installation.trigger(app);
    const pipelineId = await installation.pipelineOf(id);
    await installation.service.end('SIGKILL');
    await installation.startAgain();
    expect(await installation.show(id)).toMatchObject({ state: 'pending', pipelineId });
    succeed(installation, pipelineId);
    expect(await installation.finished(id)).toMatchObject({ outcome: 'success', pipelineId });
    expect(installation.simulator.pipelines('group/app')).toHaveLength(1);
  });

  test('while the pipeline ends: the end is found out', async ({ onTestFinished }) => {
    const installation = await begin({}, onTestFinished);
    const { id } = await installation.trigger(app);
    const pipelineId = await installation.pipelineOf(id);
    await installation.service.end('SIGKILL');
    installation.simulator.apply(pipelineId, 'run', ['build']);
    installation.simulator.apply(pipelineId, 'drop', ['build']);
    await installation.startAgain();
    expect(await installation.finished(id)).toMatchObject({
      outcome: 'failed',
      failedJobs: [{ name: 'build' }],
    });
  });

  test('between GitLab’s making the pipeline and our knowing it: it is found, not made again', async ({
    onTestFinished,
  }) => {
    const installation = await begin({ hooks: false }, onTestFinished);
    const { simulator } = installation;
    const match = { method: 'POST', path: '/pipeline' };
    simulator.faults.api.unshift({ kind: 'hang', executes: true, match, times: 1 });
    const { id } = await installation.trigger(app);
    const pipelineId = await eventually(() => {
      const [pipeline] = simulator.pipelines('group/app');
      if (pipeline === undefined) throw new Error('there is no pipeline yet');
      return pipeline.id;
    });
    expect(await installation.show(id)).toMatchObject({ pipelineId: null });
    await installation.service.end('SIGKILL');
    await installation.startAgain();
    expect(await installation.pipelineOf(id)).toBe(pipelineId);
    succeed(installation, pipelineId);
    expect(await installation.finished(id)).toMatchObject({ outcome: 'success', pipelineId });
    expect(simulator.pipelines('group/app')).toHaveLength(1);
  });

  test('between playing a job and knowing it: the job is played once', async ({ onTestFinished }) => {
    const installation = await begin({}, onTestFinished);
    const { simulator } = installation;
    simulator.faults.api.unshift({ kind: 'hang', executes: true, match: { path: '/play' }, times: 1 });
    const { id } = await installation.trigger({ project: 'group/manual', ref: 'main', onManual: 'play' });
    const pipelineId = await installation.pipelineOf(id);
    await eventually(() => expect(simulator.pipeline(pipelineId).status).toBe('success'));
    await installation.service.end('SIGKILL');
    await installation.startAgain();
    expect(await installation.finished(id)).toMatchObject({
      outcome: 'success',
      playedJobs: [{ name: 'deploy' }],
    });
    const deploys = simulator.pipeline(pipelineId).jobs.filter(({ name }) => name === 'deploy');
    expect(deploys.map(({ status }) => status)).toEqual(['success']);
  });
});
