import { describe, expect, test } from 'vitest';
import type { TriggerView } from '../../../src/api/trigger-view.ts';
import { canary } from '../../support/canary.ts';
import { eventually } from '../../support/eventually.ts';
import type { ReceivedSpan } from '../../support/read-otlp.ts';
import { startOtlpReceiver, treeOf } from '../../support/otlp-receiver.ts';
import { hookTo } from '../../support/start-service.ts';
import { startStubServer } from '../../support/start-stub-server.ts';
import { installTraced } from '../../support/traced-service.ts';

const named = (spans: readonly ReceivedSpan[], name: string): readonly ReceivedSpan[] =>
  spans.filter((span) => span.name === name);
const only = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan => {
  const [first, ...others] = named(spans, name);
  expect(others, `more than one ${name}`).toEqual([]);
  if (first === undefined) throw new Error(`no span ${name} among ${spans.map((span) => span.name).join()}`);
  return first;
};
const parentOf = (spans: readonly ReceivedSpan[], span: ReceivedSpan): ReceivedSpan | undefined =>
  spans.find(({ spanId }) => spanId === span.parentSpanId);

const callersTrace = '0af7651916cd43dd8448eb211c80319c';
const callersSpan = 'b7ad6b7169203331';
const traceparent = `00-${callersTrace}-${callersSpan}-01`;

describe('a trigger, from its request to the release of its waiter', () => {
  test(
    'is one trace, which goes on that of the caller; its hooks are others',
    { timeout: 300_000 },
    async () => {
      const collector = await startOtlpReceiver();
      // Hooks come when the pipeline is known, and no sweep meanwhile: each decision is where it is expected.
      const { url, call, simulator, log, end } = await installTraced(collector, {
        hooks: false,
        env: { SWEEP_SECONDS: '60' },
      });
      const answer = call('POST', '/v1/triggers?wait=50', {
        body: { project: 'group/app', ref: 'main', variables: { PASSWORD: canary } },
        headers: { traceparent, tracestate: `vendor=${canary}` },
      });
      const { id, pipelineId } = await eventually(async () => {
        const { json } = await call('GET', '/v1/triggers');
        const [trigger] = (json as { items: TriggerView[] }).items;
        if (trigger?.pipelineId == null || trigger.waiters === 0) throw new Error('not held yet');
        return { id: trigger.id, pipelineId: trigger.pipelineId };
      });
      simulator.addHook(1, hookTo(url));
      for (const event of ['run', 'drop'] as const) simulator.apply(pipelineId, event, ['build']);
      expect((await answer).status).toBe(424);
      await end();

      const spans = collector.spans();
      const request = only(spans, 'POST /v1/triggers');
      expect(treeOf(spans, request)).toEqual([
        'POST /v1/triggers',
        '  authenticate caller',
        '  store trigger',
        '    start pipeline',
        '      decide',
        '      POST /projects/:id/pipeline',
        '      decide',
        '  answer waiter',
      ]);
      expect(request).toMatchObject({
        traceId: callersTrace,
        parentSpanId: callersSpan,
        kind: 'server',
        isError: false,
        attributes: {
          'http.request.method': 'POST',
          'http.route': '/v1/triggers',
          'http.response.status_code': 424,
          'pipeline_trigger.trigger.id': id,
          'pipeline_trigger.result': 'failed',
        },
      });
      expect(only(spans, 'answer waiter').attributes).toEqual({
        'pipeline_trigger.trigger.id': id,
        'pipeline_trigger.result': 'failed',
      });
      // It was held until the pipeline ended.
      expect(request.ms).toBeGreaterThan(only(spans, 'start pipeline').ms);

      // The hook of its end had it read from GitLab, and says so by the trigger's id.
      const [read = request] = named(spans, 'read pipeline');
      expect(read.attributes).toEqual({
        'pipeline_trigger.trigger.id': id,
        'pipeline_trigger.why': 'hook',
      });
      const hook = named(spans, 'POST /webhooks/gitlab').find(({ traceId }) => traceId === read.traceId);
      expect(hook?.parentSpanId).toBe('');
      expect(treeOf(spans, hook ?? request)).toEqual([
        'POST /webhooks/gitlab',
        '  authenticate hook',
        '  read delivery',
        '  store delivery',
        '  apply delivery',
        '    decide',
        '      read pipeline',
        '        GET /projects/:id/pipelines/:id/jobs',
        '        GET /projects/:id/jobs/:id/trace',
        '        decide',
      ]);

      // What was logged meanwhile names the trace.
      const audit = log()
        .split('\n')
        .find((line) => line.includes('trigger.start'));
      expect(JSON.parse(audit ?? '{}')).toMatchObject({
        trace_id: callersTrace,
        span_id: only(spans, 'store trigger').spanId,
      });
      expect(JSON.parse(log().split('\n')[0] ?? '{}')).not.toHaveProperty('trace_id');
    },
  );

  test('tells a GitLab that fails', { timeout: 300_000 }, async () => {
    const collector = await startOtlpReceiver();
    const { call, simulator, finished, trigger, end } = await installTraced(collector, { hooks: false });
    simulator.faults.api.push({
      kind: 'status',
      status: 502,
      body: canary,
      times: 1,
      match: { method: 'POST' },
    });
    const { id } = await trigger({ project: 'group/green', ref: 'main' });
    await finished(id);
    await call('GET', '/v1/triggers?state=strange');
    await end();

    const spans = collector.spans();
    const [refused, made] = named(spans, 'POST /projects/:id/pipeline');
    expect(refused).toMatchObject({
      kind: 'client',
      isError: true,
      attributes: {
        'http.request.method': 'POST',
        'http.response.status_code': 502,
        'error.type': '502',
        'url.template': '/projects/:id/pipeline',
        'url.full': `${simulator.url}/api/v4/projects/group%2Fgreen/pipeline`,
        'server.address': '127.0.0.1',
        'server.port': Number(new URL(simulator.url).port),
      },
    });
    expect(made).toMatchObject({ isError: false });
    const [start] = named(spans, 'start pipeline');
    expect(start).toMatchObject({ isError: true, attributes: { 'error.type': 'gitlab_unavailable' } });
    // The second try belongs to the same request.
    expect(made?.traceId).toBe(refused?.traceId);
    // The sweep found out; nothing had asked it to.
    const sweep = named(spans, 'sweep')[0];
    expect(sweep).toMatchObject({ parentSpanId: '', attributes: { 'pipeline_trigger.count': 1 } });
    // What a caller does wrong is no failure.
    expect(named(spans, 'GET /v1/triggers')[0]).toMatchObject({
      isError: false,
      attributes: { 'http.response.status_code': 400 },
    });
  });
});

test('deliveries are linked to the commit that they share', { timeout: 300_000 }, async () => {
  const collector = await startOtlpReceiver();
  const { call, end } = await installTraced(collector);
  const send = (key: string) =>
    call('POST', '/webhooks/gitlab', {
      token: null,
      body: { object_kind: 'push' },
      headers: {
        'x-gitlab-event': 'Push Hook',
        'x-gitlab-token': `${canary}-webhook`,
        'idempotency-key': key,
      },
    });
  await Promise.all(Array.from({ length: 20 }, (_, index) => send(`key-${index}`)));
  await end();

  const spans = collector.spans();
  const stored = named(spans, 'store delivery');
  const commits = named(spans, 'commit deliveries');
  expect(stored).toHaveLength(20);
  expect(commits.flatMap(({ links }) => links).toSorted()).toEqual(
    stored.map(({ spanId }) => spanId).toSorted(),
  );
  for (const { links, attributes, parentSpanId } of commits)
    expect([attributes['pipeline_trigger.count'], parentSpanId]).toEqual([links.length, '']);
  expect(stored[0]?.attributes).toMatchObject({ 'pipeline_trigger.result': 'added' });
  for (const span of stored) expect(parentOf(spans, span)?.name).toBe('POST /webhooks/gitlab');
});

test('spans contain nothing from unauthenticated callers and no URLs', { timeout: 300_000 }, async () => {
  const collector = await startOtlpReceiver();
  const receiver = await startStubServer((response) => response.writeHead(503).end());
  const { call, trigger, finished, end } = await installTraced(collector, {
    env: { CALLBACK_ALLOWED_HOSTS: '127.0.0.1' },
  });
  const { id } = await trigger({
    project: 'group/green',
    ref: 'main',
    callbackUrl: `${receiver.url}/${canary}?key=${canary}`,
  });
  await finished(id);
  await expect.poll(() => receiver.requests.length, { timeout: 300_000 }).toBeGreaterThan(0);
  await call('GET', `/v1/triggers?project=${canary}`);
  await call('GET', `/${canary}?token=${canary}`, { token: canary });
  await call('GET', `/v1/triggers/${canary}`, { token: canary });
  await call('GET', '/healthz');
  await call('GET', '/metrics');
  await end();

  const spans = collector.spans();
  expect(named(spans, 'POST callback')[0]).toMatchObject({
    kind: 'client',
    isError: true,
    attributes: {
      'http.response.status_code': 503,
      'server.port': Number(new URL(receiver.url).port),
      'pipeline_trigger.callback.id': expect.stringMatching(/./) as string,
    },
  });
  expect(JSON.stringify(spans)).not.toContain(canary);
  // A path that is not ours gives no name; probes are not followed.
  expect(named(spans, 'GET')).not.toEqual([]);
  expect(spans.filter(({ name }) => /healthz|metrics/.test(name))).toEqual([]);
});
