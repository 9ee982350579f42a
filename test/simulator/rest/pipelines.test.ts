import { expect, test } from 'vitest';
import { call, createPipeline, scenarioOf, start } from '../start.ts';

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
