import { expect, test } from 'vitest';
import { startReceiver } from '../hooks/receiver.ts';
import { call, createPipeline, eventually, scenarioOf, start } from '../start.ts';

const tooMany = {
  status: 429,
  body: { message: { error: 'This endpoint has been requested too many times. Try again later.' } },
};

async function startWithHook(options: Parameters<typeof start>[1] = {}, rest = {}) {
  const receiver = await startReceiver();
  const simulator = await start(scenarioOf({}, rest), options);
  const { id } = simulator.addHook('group/app', { url: receiver.url, pipeline_events: true });
  const path = `/projects/1/hooks/${id}`;
  return { receiver, simulator, path, post: (what: string) => call(simulator, 'POST', `${path}/${what}`) };
}

test('a test needs something to make a sample of', async () => {
  const { simulator, post, receiver } = await startWithHook();
  expect(await post('test/pipeline_events')).toMatchObject({
    status: 422,
    body: { message: 'Ensure the project has CI pipelines.' },
  });
  expect((await post('test/push_events')).status).toBe(201);
  expect(receiver.received).toMatchObject([
    { headers: { 'x-gitlab-event': 'Push Hook' }, payload: { object_kind: 'push' } },
  ]);
  await createPipeline(simulator);
  expect((await post('test/pipeline_events')).status).toBe(201);
  expect(await post('test/wiki')).toMatchObject({ status: 400 });
});

test('a test that fails tells what the receiver answered, or why it cannot be reached', async () => {
  const { simulator, post, receiver, path } = await startWithHook();
  receiver.status = 401;
  expect(await post('test/push_events')).toMatchObject({ status: 422, body: { message: '' } });
  await call(simulator, 'PUT', path, { body: { url: 'http://127.0.0.1:1/' } });
  expect(await post('test/push_events')).toMatchObject({
    status: 422,
    body: { message: expect.stringContaining('ECONNREFUSED') as string },
  });
});

test('the sixth test of a minute is refused, without a word on when to come back', async () => {
  let now = Date.UTC(2026, 0, 1);
  const { post } = await startWithHook({ now: () => now });
  for (let count = 1; count <= 5; count += 1) expect((await post('test/push_events')).status).toBe(201);
  const refused = await post('test/push_events');
  expect(refused).toMatchObject(tooMany);
  expect(refused.headers.get('retry-after')).toBeNull();
  now += 60_000;
  expect((await post('test/push_events')).status).toBe(201);
});

test('resends have a limit of their own', async () => {
  const { post, simulator } = await startWithHook({ now: () => Date.UTC(2026, 0, 1) });
  await createPipeline(simulator);
  await eventually(() => expect(simulator.deliveries).toHaveLength(1));
  for (let count = 1; count <= 5; count += 1) expect((await post('events/1/resend')).status).toBe(201);
  expect(await post('events/1/resend')).toMatchObject(tooMany);
  expect((await post('test/push_events')).status).toBe(201);
});

test('what failed is found by code and by class, twenty on a page', async () => {
  const { simulator, receiver, path } = await startWithHook();
  for (const status of [200, 404, 500]) {
    receiver.status = status;
    const before = simulator.deliveries.length;
    await createPipeline(simulator);
    await eventually(() => expect(simulator.deliveries).toHaveLength(before + 1));
  }
  simulator.faults.hooks.push({ kind: 'fail', times: 1 });
  await createPipeline(simulator);
  await eventually(() => expect(simulator.deliveries).toHaveLength(4));
  const statuses = async (query: string): Promise<unknown> => {
    const { body } = await call(simulator, 'GET', `${path}/events?${query}`);
    return (body as { response_status: string }[]).map(({ response_status: status }) => status);
  };
  expect(await statuses('status=client_failure,server_failure&per_page=20')).toEqual([
    'internal error',
    '500',
    '404',
  ]);
  expect(await statuses('status=404')).toEqual(['404']);
  expect((await call(simulator, 'GET', `${path}/events?per_page=21`)).status).toBe(400);
});

test('nothing is sent again by a hook that is disabled, or to another address', async () => {
  const { simulator, post, path } = await startWithHook();
  simulator.faults.hooks.push({ kind: 'fail' });
  for (let count = 1; count <= 4; count += 1) {
    await createPipeline(simulator);
    await eventually(() => expect(simulator.deliveries).toHaveLength(count));
  }
  expect(await post('events/1/resend')).toMatchObject({ status: 422, body: { message: 'Hook disabled' } });
  await call(simulator, 'PUT', path, { body: { url: 'http://127.0.0.1:1/' } });
  expect(await post('events/1/resend')).toMatchObject({
    status: 422,
    body: { message: 'The hook URL has changed, and this log entry cannot be retried' },
  });
});

test('GitLab before 19 passes over signing tokens, and says nothing of secrets', async () => {
  const signing_token = `whsec_${Buffer.alloc(32).toString('base64')}`;
  const body = { url: 'http://127.0.0.1:1/', signing_token };
  const old = await start(undefined, { gitlabVersion: '18.5.0-ee' });
  const made = await call(old, 'POST', '/projects/1/hooks', { body });
  expect(made.status).toBe(201);
  expect(made.body).not.toHaveProperty('signing_token_present');
  const newer = await start();
  expect((await call(newer, 'POST', '/projects/1/hooks', { body })).body).toMatchObject({
    signing_token_present: true,
    token_present: false,
  });
});

test('a push cannot be tested before there is a commit', async () => {
  const simulator = await start(scenarioOf({ emptyRepository: true }));
  const receiver = await startReceiver();
  const { id } = simulator.addHook(1, { url: receiver.url });
  const path = `/projects/1/hooks/${id}/test/push_events`;
  expect(await call(simulator, 'POST', path)).toMatchObject({
    status: 422,
    body: { message: 'Ensure the project has at least one commit.' },
  });
  expect(await call(simulator, 'POST', '/projects/1/pipeline', { body: { ref: 'main' } })).toMatchObject({
    body: { message: { base: ['Reference not found'] } },
  });
  simulator.push(1, 'main');
  expect((await call(simulator, 'POST', path)).status).toBe(201);
});

test('a failed test counts against the hook, and a good one heals it', async () => {
  const { simulator, post, receiver, path } = await startWithHook({}, { hookCallsPerMinute: null });
  const status = async (): Promise<unknown> =>
    ((await call(simulator, 'GET', path)).body as { alert_status: string }).alert_status;
  receiver.status = 500;
  for (let count = 0; count < 4; count += 1) await post('test/push_events');
  expect(await status()).toBe('temporarily_disabled');
  receiver.status = 204;
  expect((await post('test/push_events')).status).toBe(201);
  expect(await status()).toBe('executable');
});
