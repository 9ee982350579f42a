import { afterAll, describe, expect, test } from 'vitest';
import { exchange } from '../support/raw-exchange.ts';
import { realRoutes } from '../support/real-routes.ts';
import { adminToken, startService } from '../support/start-service.ts';

const open = await startService({
  env: { ADMIN_TOKEN: '', WEBHOOK_SECRET: '', RELAY_SECRET: '', PUBLIC_URL: 'http://hooks.example' },
  hooks: false,
});
const closed = await startService({ hooks: false });
afterAll(async () => {
  await open.stop();
  await closed.stop();
});

const statusOf = async (
  url: string,
  route: string,
  host: string,
  headers: Readonly<Record<string, string | null>> = {},
): Promise<number | null> => {
  const [method = '', path = ''] = route.split(' ');
  const { status } = await exchange(url, {
    // A stream that does not end is asked for its head.
    method: path === '/v1/events' ? 'HEAD' : method,
    path: path.replace(':id', 'trg_none').replace(':code', 'invalid'),
    headers: sent({ host, accept: 'application/json', 'sec-fetch-site': 'same-origin', ...headers }),
  });
  return status;
};

/** Headers without those that are null. */
const sent = (headers: Readonly<Record<string, string | null>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );

/** What tells nothing, or nothing but who knows a key. */
const forAll =
  /^GET \/(?:healthz|readyz|openapi.json|problems.*|sign-in(?:\/gitlab)?)$|^POST \/sign-(?:in|out)$/;
const routes = realRoutes(open.service.app).filter((route) => !forAll.test(route) && !/live$/.test(route));

describe('where everyone on this machine may do everything', () => {
  test.each(routes)('%s is there under its own names only', async (route) => {
    for (const host of ['127.0.0.1:8080', 'localhost', '[::1]:1', 'hooks.example'])
      expect(await statusOf(open.url, route, host), host).not.toBe(401);
    for (const host of ['evil.example', '127.0.0.1.evil.example', 'hooks.example.evil.example:80'])
      expect(await statusOf(open.url, route, host), host).toBe(401);
  });

  test('a refused request is answered with the allowed host names', async () => {
    const { body } = await exchange(open.url, {
      method: 'GET',
      path: '/v1/triggers',
      headers: { host: 'a.b' },
    });
    expect(body).toContain('by the name 127.0.0.1 or localhost');
  });
});

describe('where everyone on this machine may do everything, a request that changes something', () => {
  const foreign = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', origin: 'http://127.0.0.1' },
    { 'sec-fetch-site': 'cross-site', authorization: 'Basic YTpi' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
  ];
  const changing = routes.filter((route) => /^POST \/v1\//.test(route));

  test.each(changing)(
    '%s is refused when another site sent it, and not without such headers',
    async (route) => {
      const ask = (headers: Readonly<Record<string, string>>) =>
        statusOf(open.url, route, '127.0.0.1', { 'sec-fetch-site': null, ...headers });
      for (const headers of foreign) expect(await ask(headers), JSON.stringify(headers)).toBe(403);
      expect(await ask({})).not.toBe(403);
      expect(await ask({ origin: 'http://127.0.0.1' })).not.toBe(403);
    },
  );

  test('is obeyed by curl: it is 202', async () => {
    const { id } = await open.trigger({ project: 'group/app', ref: 'main' });
    const cancel = (headers: Readonly<Record<string, string>>) =>
      open.call('POST', `/v1/triggers/${id}/cancel`, { token: null, headers });
    expect((await cancel({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await open.call('GET', `/v1/triggers/${id}`, { token: null })).json).toMatchObject({
      state: 'pending',
    });
    expect((await cancel({})).status).toBe(202);
  });
});

test('who has a token may call the service by any name', async () => {
  const authorization = `Bearer ${adminToken}`;
  expect(await statusOf(closed.url, 'GET /v1/triggers', 'any.example', { authorization })).toBe(200);
});
