import { afterAll, describe, expect, test } from 'vitest';
import type { TriggerView } from '../../../src/api/trigger-view.ts';
import { eventually } from '../../support/eventually.ts';
import { apiToken, scenario, triggerToken } from '../../support/scenario.ts';
import { startService } from '../../support/start-service.ts';
import { makeKey } from '../dashboard/browser.ts';

const parent = {
  id: 50,
  path: 'group/parent',
  ci: {
    stages: ['trigger', 'gate'],
    trigger: { stage: 'trigger', script: 'curl' },
    'wait-for-app': { stage: 'gate', script: 'trigger --verdict', when: 'delayed', start_in: '6 hours' },
  },
  triggerTokens: [triggerToken],
};
const world = await startService({ scenario: { ...scenario, projects: [...scenario.projects, parent] } });
afterAll(world.stop);

/** Starts an upstream pipeline, and waits until its gate is reached. */
async function startUpstream(): Promise<number> {
  const response = await fetch(`${world.simulator.url}/api/v4/projects/50/pipeline?ref=main`, {
    method: 'POST',
    headers: { 'private-token': apiToken },
  });
  const { id } = (await response.json()) as { id: number };
  await eventually(() => expect(upstreamPipeline(id).status).toBe('scheduled'));
  return id;
}

function upstreamPipeline(id: number) {
  const found = world.simulator.pipelines('group/parent').find((pipeline) => pipeline.id === id);
  if (found === undefined) throw new Error(`no pipeline ${id}`);
  return found;
}

const gate = 'wait-for-app';
const statusOfGate = (id: number) => upstreamPipeline(id).jobs.find(({ name }) => name === gate)?.status;
const wanted = (pipelineId: number, more: object = {}) => ({
  project: 'group/green',
  ref: 'main',
  upstream: { project: 'group/parent', pipelineId },
  report: { gate, commitStatus: 'downstream/app' },
  ...more,
});
const verdictPath = (id: number, query = '') =>
  `/v1/verdict?project=group/parent&pipelineId=${id}&gate=${gate}${query}`;

describe('a request with a report', () => {
  test('has its gate played and its status set, and shows both', async () => {
    const upstream = await startUpstream();
    const { id } = await world.trigger(wanted(upstream));
    expect(await world.finished(id)).toMatchObject({ outcome: 'success' });
    await eventually(() => expect(statusOfGate(upstream)).toBe('success'));
    await eventually(async () => {
      const { json } = await world.call('GET', `/v1/triggers/${id}`);
      expect((json as TriggerView).reports).toMatchObject([
        { kind: 'commitStatus', target: 'downstream/app', state: 'done', detail: 'posted success' },
        { kind: 'gate', target: gate, state: 'done', detail: 'played' },
      ]);
    });
    expect(upstreamPipeline(upstream).commitStatuses).toMatchObject([{ status: 'success' }]);
  });

  test.for([
    [{ upstream: undefined }, 400, 'report: needs upstream'],
    [{ report: {} }, 400, 'report: expected gate, commitStatus, or both'],
    [{ report: { gate: '' } }, 400, 'report.gate'],
    [{ report: { status: 'x' } }, 400, 'status'],
    [{ report: { commitStatus: 'a\nb' } }, 400, 'control characters'],
  ] as const)('is refused with %j', async ([more, status, detail]) => {
    const answer = await world.call('POST', '/v1/triggers', { body: wanted(1, more) });
    expect(answer).toMatchObject({ status, json: { detail: expect.stringContaining(detail) as string } });
  });

  test('under a name in use is 409', async () => {
    const upstream = await startUpstream();
    const first = await world.trigger(wanted(upstream, { project: 'group/app' }));
    const answer = await world.call('POST', '/v1/triggers', { body: wanted(upstream) });
    expect(answer).toMatchObject({
      status: 409,
      json: { type: '/problems/status_taken', detail: expect.stringContaining(first.id) as string },
    });
  });

  test('by a key that may not start pipelines in the upstream project is 403', async () => {
    const upstream = await startUpstream();
    const name = `k${upstream}`;
    const { secret } = await makeKey(world, { name, projects: ['group/green'] });
    const start = (token: string, more: object = {}) =>
      world.call('POST', '/v1/triggers', { token, body: wanted(upstream, more) });
    expect(await start(secret)).toMatchObject({
      status: 403,
      json: { detail: 'report: this key may not start pipelines in the project of upstream' },
    });
    expect((await start(secret, { report: undefined })).status).toBe(202);
    const wide = await makeKey(world, { name, projects: ['group/green', 'group/parent'] });
    const byId = await start(wide.secret, { upstream: { project: 50, pipelineId: upstream } });
    expect(byId.status).toBe(202);
    await world.finished((byId.json as TriggerView).id);
  });
});

describe('GET /v1/verdict', () => {
  test('is 404 where no trigger reports to the pipeline', async () => {
    expect((await world.call('GET', verdictPath(1))).status).toBe(404);
    const upstream = await startUpstream();
    const { id } = await world.trigger(wanted(upstream));
    await world.finished(id);
    expect((await world.call('GET', verdictPath(upstream).replace(gate, 'other'))).status).toBe(404);
    expect((await world.call('GET', verdictPath(upstream).replace('group/parent', 'group/x'))).status).toBe(
      404,
    );
    const { secret } = await makeKey(world, { name: `other${upstream}`, projects: ['**'] });
    expect((await world.call('GET', verdictPath(upstream), { token: secret })).status).toBe(404);
  });

  test.for([
    ['group/green', 200, 'success'],
    ['group/failing', 424, 'failed'],
    ['group/manual', 423, 'manual'],
    ['group/none', 422, 'error'],
  ] as const)('of a trigger in %s answers as /wait does', async ([project, status, outcome]) => {
    const upstream = await startUpstream();
    const { id } = await world.trigger(wanted(upstream, { project }));
    await world.finished(id);
    const answer = await world.call('GET', verdictPath(upstream));
    const waited = await world.call('GET', `/v1/triggers/${id}/wait`);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('pipeline-trigger-outcome')).toBe(outcome);
    const without = (json: unknown): unknown =>
      JSON.parse(JSON.stringify(json).replace(/"reports":\[.*?\],/, ''));
    expect(without(answer.json)).toEqual(without(waited.json));
    expect((await world.call('GET', verdictPath(upstream, '&mode=text'))).text).toBe(outcome);
  });

  test('takes the id of the project as well', async () => {
    const upstream = await startUpstream();
    await world.finished((await world.trigger(wanted(upstream))).id);
    expect((await world.call('GET', verdictPath(upstream).replace('group/parent', '50'))).status).toBe(200);
  });

  test('holds until all that name the gate have finished, and fails with the one that did', async () => {
    const upstream = await startUpstream();
    const report = { gate };
    const slow = await world.trigger(wanted(upstream, { project: 'group/app', report }));
    const failing = await world.trigger(wanted(upstream, { project: 'group/failing', report }));
    await world.finished(failing.id);
    const pending = await world.call('GET', verdictPath(upstream, '&wait=1'));
    expect(pending).toMatchObject({ status: 503, text: '' });
    const follow = await world.call('GET', verdictPath(upstream, '&wait=1&mode=follow'));
    expect(follow.status).toBe(303);
    expect(follow.headers.get('location')).toBe(
      verdictPath(upstream, '&wait=1&mode=follow').replace('/v1/', ''),
    );
    const held = world.call('GET', verdictPath(upstream, '&wait=50'));
    const pipelineId = await world.pipelineOf(slow.id);
    for (const job of ['build', 'unit']) world.simulator.apply(pipelineId, 'success', [job]);
    expect(await held).toMatchObject({ status: 424, json: { trigger: { id: failing.id } } });
  });

  test('of a retried job counts its newest trigger', async () => {
    const upstream = await startUpstream();
    const report = { gate };
    const older = await world.trigger(wanted(upstream, { project: 'group/flaky', report }));
    expect(await world.finished(older.id)).toMatchObject({ outcome: 'failed' });
    expect((await world.call('GET', verdictPath(upstream))).status).toBe(424);
    const newer = await world.trigger(wanted(upstream, { project: 'group/flaky', report, onManual: 'play' }));
    await world.call('POST', `/v1/triggers/${newer.id}/resolve`, {
      body: { outcome: 'success', reason: 'x' },
    });
    expect(await world.call('GET', verdictPath(upstream))).toMatchObject({
      status: 200,
      json: { id: newer.id },
    });
  });

  test('refuses a pipeline that is no number', async () => {
    const answer = await world.call('GET', '/v1/verdict?project=group/parent&pipelineId=x');
    expect(answer).toMatchObject({
      status: 400,
      json: { detail: expect.stringContaining('pipelineId') as string },
    });
  });
});
