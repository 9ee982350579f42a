import { afterAll, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { startService } from '../../support/start-service.ts';

const world = await startService();
afterAll(world.stop);

/** Every request counted so far, by route and status. */
async function counted(): Promise<Readonly<Record<string, number>>> {
  const { text } = await world.call('GET', '/metrics');
  const samples = text.matchAll(
    /^pipeline_trigger_http_requests_total\{route="(.+)",status="(.+)"\} (\d+)$/gm,
  );
  return Object.fromEntries(
    [...samples].map(([, route, status, count]) => [`${route} ${status}`, Number(count)]),
  );
}

/** An answer is counted a moment after its caller has it. */
const untilCounted = (expected: Readonly<Record<string, number>>) =>
  eventually(async () => expect(await counted()).toMatchObject(expected));

test('requests are counted by route and status', async () => {
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
  await world.pipelineOf(id);
  await world.call('GET', `/v1/triggers/${id}/wait?wait=1`);
  await world.call('GET', `/v1/triggers/${id}/wait?mode=text&wait=1`);
  await world.call('GET', '/v1/triggers/trg_none');
  await world.call('GET', '/v1/triggers?limit=many');
  await world.call('GET', '/v1/triggers', { token: 'wrong' });
  await world.call('HEAD', '/v1/triggers');
  await world.call('DELETE', '/v1/triggers');
  await world.call('GET', '/no/such/page', { token: null });
  await world.call('GET', '/sign-in', { token: null });
  await untilCounted({
    'POST /v1/triggers 202': 1,
    'GET /v1/triggers/:id/wait pending': 1,
    'GET /v1/triggers/:id/wait 200': 1,
    'GET /v1/triggers/:id 404': 1,
    'GET /v1/triggers 400': 1,
    'other 401': 1,
    'GET /v1/triggers 200': 1,
    'other 405': 1,
    'page 200': 1,
  });
  expect(Object.keys(await counted()).join(' ')).not.toContain('trg_');
});

test('who hangs up is counted as such', async () => {
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
  const gone = new AbortController();
  const waiting = world.call('GET', `/v1/triggers/${id}/wait`, { signal: gone.signal });
  await eventually(() => expect(world.waiters(id)).toBe(1));
  gone.abort();
  await expect(waiting).rejects.toThrow();
  await untilCounted({ 'GET /v1/triggers/:id/wait hung_up': 1 });
});

test('unknown paths and methods are one sample', async () => {
  for (const path of ['/a', '/b/c', '/v1/nothing', '/v2/triggers'])
    await world.call('PATCH', path, { token: null });
  await untilCounted({ 'other 404': expect.any(Number) as number });
  const made = Object.keys(await counted()).filter((name) => /PATCH|nothing|v2/.test(name));
  expect(made).toEqual([]);
});
