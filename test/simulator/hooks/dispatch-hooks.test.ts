import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { call, createPipeline, scenarioOf, start, eventually } from '../start.ts';
import { startReceiver } from './receiver.ts';

const signingToken = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const date = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/;

test('each status of the pipeline arrives, the first one is pending', async () => {
  const receiver = await startReceiver();
  const simulator = await start();
  simulator.addHook('group/app', { url: receiver.url, pipeline_events: true });
  const id = await createPipeline(simulator);
  const arrived = (): unknown[] => receiver.received.map(({ payload }) => payload?.object_attributes.status);
  await eventually(() => expect(arrived()).toEqual(['pending']));
  simulator.apply(id, 'run', ['build']);
  await eventually(() => expect(arrived()).toEqual(['pending', 'running']));
  simulator.apply(id, 'drop', ['build']);
  await eventually(() => expect(arrived()).toEqual(['pending', 'running', 'failed']));
});

test('headers, body and signature are those of GitLab 19', async () => {
  const receiver = await startReceiver();
  const simulator = await start();
  const settings = {
    token: 'secret',
    signing_token: signingToken,
    custom_headers: [{ key: 'X-Mine', value: '1' }],
  };
  simulator.addHook('group/app', { url: receiver.url, pipeline_events: true, ...settings });
  const body = { ref: 'main', token: 'trigger-token', variables: { SECRET: 'in clear' } };
  await call(simulator, 'POST', '/projects/1/trigger/pipeline', { token: null, body });
  await eventually(() => expect(receiver.received).toHaveLength(1));
  const [{ headers, body: raw, payload } = { headers: {}, body: '', payload: undefined }] = receiver.received;
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'user-agent': 'GitLab/19.1.0-ee',
    'x-gitlab-event': 'Pipeline Hook',
    'x-gitlab-instance': simulator.url,
    'x-gitlab-webhook-uuid': expect.stringMatching(uuid) as string,
    'x-gitlab-event-uuid': expect.stringMatching(uuid) as string,
    'idempotency-key': expect.stringMatching(uuid) as string,
    'webhook-id': headers['idempotency-key'],
    'x-gitlab-token': 'secret',
    'x-mine': '1',
  });
  expect(new Webhook(signingToken).verify(raw, headers as Record<string, string>)).toEqual(payload);
  expect(payload).toMatchObject({
    object_kind: 'pipeline',
    object_attributes: {
      status: 'pending',
      detailed_status: 'pending',
      source: 'trigger',
      stages: ['build', 'test'],
      created_at: expect.stringMatching(date) as string,
      finished_at: null,
      variables: [{ key: 'SECRET', value: 'in clear' }],
      protected_ref: true,
    },
    merge_request: null,
    project: { id: 1, path_with_namespace: 'group/app' },
    builds: [
      { name: 'build', status: 'pending', when: 'on_success', manual: false, runner: null },
      { name: 'test', status: 'created', environment: null, failure_reason: null },
    ],
  });
  expect(payload).not.toHaveProperty('source_pipeline');
});

test('job hooks fire for what a runner does, not for manual or skipped jobs', async () => {
  const receiver = await startReceiver();
  const ci = {
    a: { stage: 'build', script: 'x' },
    b: { script: 'x' },
    c: { stage: 'build', script: 'x', when: 'manual' },
    d: { stage: 'build', trigger: 'group/unknown', allow_failure: true },
  };
  const simulator = await start(scenarioOf({ ci }));
  simulator.addHook('group/app', { url: receiver.url, job_events: true });
  const id = await createPipeline(simulator);
  simulator.apply(id, 'run', ['a']);
  simulator.apply(id, 'drop', ['a']);
  await eventually(() => expect(receiver.received).toHaveLength(6));
  const seen = receiver.received.map(({ payload }) => `${payload?.build_name} ${payload?.build_status}`);
  expect(seen.sort()).toEqual(['a created', 'a failed', 'a pending', 'a running', 'b created', 'c created']);
  expect(receiver.received[0]?.headers['x-gitlab-event']).toBe('Job Hook');
  expect(receiver.received[0]?.payload).toMatchObject({
    object_kind: 'build',
    pipeline_id: id,
    project_name: 'group / app',
    commit: { id },
    retries_count: 0,
  });
});

test('GitLab 17 sends no Standard Webhooks headers and older payloads', async () => {
  const receiver = await startReceiver();
  const simulator = await start(undefined, { gitlabVersion: '17.11.0' });
  simulator.addHook('group/app', {
    url: receiver.url,
    pipeline_events: true,
    job_events: true,
    signing_token: signingToken,
  });
  await createPipeline(simulator);
  await eventually(() => expect(receiver.received.length).toBeGreaterThan(2));
  for (const { headers, payload } of receiver.received) {
    expect(headers).not.toHaveProperty('webhook-signature');
    expect(headers).toHaveProperty('idempotency-key');
    expect(payload?.object_attributes ?? {}).not.toHaveProperty('detailed_status');
    expect(payload).not.toHaveProperty('build_created_at_iso');
  }
});

test('a child pipeline names its parent', async () => {
  const receiver = await startReceiver();
  const ci = { child: { trigger: { include: 'child.yml' } } };
  const simulator = await start(scenarioOf({ ci, includes: { 'child.yml': { a: { script: 'x' } } } }));
  simulator.addHook('group/app', { url: receiver.url, pipeline_events: true });
  const parent = await createPipeline(simulator);
  await eventually(() => {
    const child = receiver.received.find(({ payload }) => payload?.['source_pipeline'] !== undefined);
    expect(child?.payload?.['source_pipeline']).toMatchObject({
      project: { id: 1, path_with_namespace: 'group/app' },
      pipeline_id: parent,
      job_id: simulator.pipeline(parent).jobs[0]?.id,
    });
  });
});
