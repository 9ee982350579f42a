import { expect, test } from 'vitest';
import { startReceiver } from '../hooks/receiver.ts';
import { call, createPipeline, eventually, scenarioOf, start } from '../start.ts';

const base = '/projects/group%2Fapp/pipelines';

test('a pipeline in full', async () => {
  const simulator = await start(scenarioOf({ ci: { a: { script: 'x', allow_failure: true } } }));
  const id = await createPipeline(simulator);
  simulator.apply(id, 'run', ['a']);
  simulator.apply(id, 'drop', ['a']);
  const { body } = await call(simulator, 'GET', `${base}/${id}`);
  expect(body).toMatchObject({
    id,
    status: 'success',
    source: 'api',
    before_sha: '0'.repeat(40),
    user: { username: 'root' },
    duration: 0,
    coverage: null,
    detailed_status: { text: 'Warning', label: 'passed with warnings', icon: 'status_warning' },
  });
});

test('a list is filtered, ordered and cut into pages', async () => {
  const simulator = await start();
  const ids: number[] = [];
  for (let count = 0; count < 5; count += 1) ids.push(await createPipeline(simulator));
  simulator.apply(ids[0] ?? 0, 'run', ['build']);
  const idsOf = async (query: string): Promise<number[]> => {
    const { body } = await call(simulator, 'GET', `${base}?${query}`);
    return (body as { id: number }[]).map(({ id }) => id);
  };
  expect(await idsOf('')).toEqual([...ids].reverse());
  expect(await idsOf('sort=asc')).toEqual(ids);
  expect(await idsOf('status=running')).toEqual([ids[0]]);
  expect(await idsOf('scope=running&ref=main')).toEqual([ids[0]]);
  expect(await idsOf('scope=branches')).toEqual([ids[4]]);
  expect(await idsOf('ref=v1.0')).toEqual([]);
  expect(await idsOf('source=api&order_by=updated_at')).toHaveLength(5);
  expect(await idsOf('updated_after=2100-01-01T00:00:00Z')).toEqual([]);
  expect(await idsOf('created_before=2100-01-01T00:00:00Z&per_page=2')).toHaveLength(2);
  const page = await call(simulator, 'GET', `${base}?per_page=2&page=2&status=pending`);
  expect(Object.fromEntries(page.headers)).toMatchObject({
    'x-page': '2',
    'x-per-page': '2',
    'x-total': '4',
    'x-total-pages': '2',
    'x-next-page': '',
    'x-prev-page': '1',
  });
  expect(page.headers.get('link')).toContain(
    `<${simulator.url}/api/v4${base}?per_page=2&page=1&status=pending>; rel="prev"`,
  );
  expect(await call(simulator, 'GET', `${base}?status=odd`)).toMatchObject({
    status: 400,
    body: { error: 'status does not have a valid value' },
  });
});

test('variables of a pipeline, files among them', async () => {
  const simulator = await start();
  const variables = [
    { key: 'A', value: '' },
    { key: 'B', value: 'x=&\nü', variable_type: 'file' },
  ];
  const created = await call(simulator, 'POST', '/projects/1/pipeline', { body: { ref: 'v1.0', variables } });
  expect(created.body).toMatchObject({ tag: true, ref: 'v1.0' });
  const { id } = created.body as { id: number };
  expect((await call(simulator, 'GET', `${base}/${id}/variables`)).body).toMatchObject([
    { key: 'A', value: '', variable_type: 'env_var' },
    { key: 'B', value: 'x=&\nü', variable_type: 'file' },
  ]);
});

test('the latest pipeline of a ref', async () => {
  const simulator = await start();
  expect((await call(simulator, 'GET', `${base}/latest`)).status).toBe(403);
  await createPipeline(simulator);
  const id = await createPipeline(simulator);
  expect((await call(simulator, 'GET', `${base}/latest?ref=main`)).body).toMatchObject({ id });
  simulator.push('group/app', 'main');
  expect((await call(simulator, 'GET', `${base}/latest`)).status).toBe(403);
});

test('cancel answers 200 in any state, retry 201', async () => {
  const simulator = await start();
  const id = await createPipeline(simulator);
  const cancel = (): ReturnType<typeof call> => call(simulator, 'POST', `${base}/${id}/cancel`);
  expect(await cancel()).toMatchObject({ status: 200, body: { status: 'canceled' } });
  expect(await cancel()).toMatchObject({ status: 200, body: { status: 'canceled' } });
  const retried = await call(simulator, 'POST', `${base}/${id}/retry`);
  expect(retried).toMatchObject({ status: 201, body: { status: 'running' } });
});

test('a deleted pipeline is gone', async () => {
  const simulator = await start();
  const id = await createPipeline(simulator);
  expect((await call(simulator, 'DELETE', `${base}/${id}`, { token: 'dev-token' })).status).toBe(403);
  expect((await call(simulator, 'DELETE', `${base}/${id}`)).status).toBe(204);
  expect(await call(simulator, 'GET', `${base}/${id}`)).toMatchObject({
    status: 404,
    body: { message: '404 Not found' },
  });
});

test('a user creates 25 pipelines a minute for one commit, and no more', async () => {
  let now = 1_000_000;
  const users = ['root', 'other'].map((username) => ({ username, token: `${username}-token`, admin: true }));
  const simulator = await start(scenarioOf({}, { users, pipelinesPerMinute: 25 }), { now: () => now });
  const create = (ref: string, token = 'root-token'): ReturnType<typeof call> =>
    call(simulator, 'POST', '/projects/1/pipeline', { token, body: { ref } });
  for (let count = 0; count < 25; count += 1) expect((await create('main')).status).toBe(201);
  const throttled = {
    status: 400,
    body: { message: { base: ['Too many pipelines created in the last minute. Try again later.'] } },
  };
  expect(await create('main')).toMatchObject(throttled);
  const body = { ref: 'main', token: 'trigger-token' };
  expect(await call(simulator, 'POST', '/projects/1/trigger/pipeline', { body })).toMatchObject(throttled);
  expect(simulator.pipelines(1)).toHaveLength(25);
  expect((await create('feature/slash')).status).toBe(201);
  expect((await create('main', 'other-token')).status).toBe(201);
  simulator.push(1, 'main');
  expect((await create('main')).status).toBe(201);
  now += 60_000;
  expect((await create('v1.0')).status).toBe(201);
});

test('child pipelines do not count against the limit', async () => {
  const ci = { a: { trigger: { include: 'child.yml' } }, b: { trigger: { include: 'child.yml' } } };
  const includes = { 'child.yml': { job: { script: 'x' } } };
  const simulator = await start(scenarioOf({ ci, includes }, { pipelinesPerMinute: 1 }));
  await createPipeline(simulator);
  expect(simulator.pipelines(1)).toHaveLength(3);
});

test.each([
  ['/projects/1/pipeline', { ref: 'main' }],
  ['/projects/1/trigger/pipeline', { ref: 'main', token: 'trigger-token' }],
])('%s answers created, and the pipeline is processed after the answer', async (path, body) => {
  const lines: string[] = [];
  const simulator = await start(undefined, { log: (line) => void lines.push(line) });
  const receiver = await startReceiver();
  simulator.addHook(1, { url: receiver.url, pipeline_events: true });
  const answer = await call(simulator, 'POST', path, { body });
  expect(answer).toMatchObject({
    status: 201,
    body: { status: 'created', detailed_status: { text: 'Created' }, started_at: null },
  });
  expect(simulator.pipelines(1)).toMatchObject([{ status: 'pending', jobs: [{ status: 'pending' }, {}] }]);
  await eventually(() => expect(lines).toHaveLength(2));
  expect(lines).toEqual([`POST /api/v4${path} 201`, expect.stringContaining('pipeline_events 200')]);
  expect(receiver.received[0]?.payload?.object_attributes.status).toBe('pending');
});

test('a pipeline that is deleted or canceled before it is processed stays so', async () => {
  const simulator = await start();
  const [deleted, canceled] = await Promise.all([createPipeline(simulator), createPipeline(simulator)]);
  await call(simulator, 'DELETE', `/projects/1/pipelines/${deleted}`);
  await call(simulator, 'POST', `/projects/1/pipelines/${canceled}/cancel`);
  expect(simulator.pipelines(1)).toMatchObject([{ id: canceled, status: 'canceled' }]);
});
