import { expect, test } from 'vitest';
import { call, createPipeline, scenarioOf, start, eventually } from '../start.ts';
import { startReceiver } from './receiver.ts';

test('a hook that keeps failing is paused, its events are lost, and a test brings it back', async () => {
  const receiver = await startReceiver();
  receiver.status = 500;
  const simulator = await start();
  const { id } = simulator.addHook('group/app', { url: receiver.url, pipeline_events: true });
  const hookPath = `/projects/1/hooks/${id}`;
  for (let count = 1; count <= 4; count += 1) {
    await createPipeline(simulator);
    await eventually(() => expect(simulator.deliveries).toHaveLength(count));
  }
  expect((await call(simulator, 'GET', hookPath)).body).toMatchObject({
    alert_status: 'temporarily_disabled',
    disabled_until: expect.any(String) as string,
  });
  await createPipeline(simulator);
  expect(await call(simulator, 'POST', `${hookPath}/test/pipeline_events`)).toMatchObject({ status: 422 });
  receiver.status = 200;
  expect((await call(simulator, 'POST', `${hookPath}/test/pipeline_events`)).status).toBe(201);
  expect((await call(simulator, 'GET', hookPath)).body).toMatchObject({
    alert_status: 'executable',
    disabled_until: null,
  });
  expect(receiver.received).toHaveLength(6);
});

test('after 40 failures in a row it stays off, however long one waits', async () => {
  const day = 24 * 60 * 60 * 1000;
  let passedMs = 0;
  const simulator = await start(undefined, { now: () => Date.UTC(2026, 0, 1) + passedMs });
  const { id } = simulator.addHook('group/app', { url: 'http://127.0.0.1:1/', pipeline_events: true });
  simulator.faults.hooks.push({ kind: 'fail' });
  for (let count = 1; count <= 40; count += 1) {
    // No pause is longer than a day.
    passedMs += day;
    await createPipeline(simulator);
    await eventually(() => expect(simulator.deliveries).toHaveLength(count));
  }
  passedMs += 1000 * day;
  expect((await call(simulator, 'GET', `/projects/1/hooks/${id}`)).body).toMatchObject({
    alert_status: 'disabled',
  });
  await createPipeline(simulator);
  await new Promise(setImmediate);
  expect(simulator.deliveries).toHaveLength(40);
});

test('a self-managed GitLab does not pause hooks', async () => {
  const simulator = await start(scenarioOf({}, { autoDisableHooks: false }));
  const { id } = simulator.addHook('group/app', { url: 'http://127.0.0.1:1/', pipeline_events: true });
  for (let count = 1; count <= 5; count += 1) {
    await createPipeline(simulator);
    await eventually(() => expect(simulator.deliveries).toHaveLength(count));
  }
  expect(simulator.deliveries[0]?.status).toBe('internal error');
  expect((await call(simulator, 'GET', `/projects/1/hooks/${id}`)).body).toMatchObject({
    alert_status: 'executable',
  });
});

test('a receiver that does not answer in time has failed', async () => {
  const receiver = await startReceiver();
  receiver.status = null;
  const simulator = await start(undefined, { hookTimeoutMs: 50 });
  simulator.addHook('group/app', { url: receiver.url, pipeline_events: true });
  await createPipeline(simulator);
  await eventually(() => expect(simulator.deliveries).toMatchObject([{ status: 'internal error' }]));
  expect(receiver.received).toHaveLength(1);
});

test('a failed event is found in the log and sent again with the same key', async () => {
  const receiver = await startReceiver();
  receiver.status = 400;
  const simulator = await start();
  const { id } = simulator.addHook('group/app', {
    url: receiver.url,
    pipeline_events: true,
    token: 'secret',
  });
  const events = `/projects/1/hooks/${id}/events`;
  await createPipeline(simulator);
  await eventually(() => expect(simulator.deliveries).toHaveLength(1));
  receiver.status = 200;
  expect((await call(simulator, 'GET', `${events}?status=successful`)).body).toEqual([]);
  const failed = await call(simulator, 'GET', `${events}?status=client_failure`);
  expect(failed.body).toMatchObject([
    {
      trigger: 'pipeline_hooks',
      response_status: '400',
      request_headers: { 'X-Gitlab-Token': '[REDACTED]' },
      request_data: { object_kind: 'pipeline' },
    },
  ]);
  const [event] = failed.body as { id: number }[];
  expect((await call(simulator, 'POST', `${events}/${event?.id ?? 0}/resend`)).body).toEqual({
    response_status: 200,
  });
  const [first, second] = receiver.received;
  expect(second?.body).toBe(first?.body);
  expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key']);
  expect(second?.headers['x-gitlab-webhook-uuid']).not.toBe(first?.headers['x-gitlab-webhook-uuid']);
});

test('a hook is refused without an address, with a bad one, or with a bad signing token', async () => {
  const simulator = await start();
  const add = (body: object): ReturnType<typeof call> =>
    call(simulator, 'POST', '/projects/1/hooks', { body });
  expect(await add({})).toMatchObject({ status: 400, body: { error: 'url is missing' } });
  expect(await add({ url: 'ftp://x' })).toMatchObject({
    status: 422,
    body: { message: 'Invalid url given' },
  });
  expect((await add({ url: 'http://x', signing_token: 'short' })).status).toBe(400);
});

test('a new address forgets the secret', async () => {
  const simulator = await start();
  const { id } = simulator.addHook('group/app', { url: 'http://127.0.0.1:1/', token: 'secret' });
  const answer = await call(simulator, 'PUT', `/projects/1/hooks/${id}`, {
    body: { url: 'http://127.0.0.1:2/' },
  });
  expect(answer.body).toMatchObject({ token_present: false });
});
