import { afterAll, expect, test } from 'vitest';
import { startService } from '../../support/start-service.ts';

const world = await startService({ env: { PUBLIC_URL: 'http://127.0.0.1' } });
afterAll(world.stop);
const secure = await startService({ env: { PUBLIC_URL: 'https://pipelines.example.com' } });
afterAll(secure.stop);

const headersOf = async (method: string, path: string, { call } = world, given = {}) =>
  (await call(method, path, { token: null, headers: given })).headers;

test('pages run our own scripts only, nothing inline, in nobody’s frame', async () => {
  const headers = await headersOf('GET', '/');
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy.split(/; ?/).toSorted()).toEqual([
    "base-uri 'none'",
    "connect-src 'self'",
    "default-src 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
  ]);
  expect(policy).not.toContain('unsafe');
  expect(headers.get('x-frame-options')).toBe('DENY');
  expect(headers.get('referrer-policy')).toBe('same-origin');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-powered-by')).toBeNull();
});

test('browsers get Strict-Transport-Security only where the public address is https', async () => {
  expect((await headersOf('GET', '/')).get('strict-transport-security')).toBeNull();
  expect((await headersOf('GET', '/', secure)).get('strict-transport-security')).toMatch(/^max-age=31536000/);
});

test('no page of another origin may read an answer', async () => {
  const origin = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
  for (const path of ['/', '/healthz', '/v1/triggers', '/v1/audit', '/webhooks/gitlab'])
    for (const method of ['GET', 'OPTIONS']) {
      const names = [...(await headersOf(method, path, world, origin)).keys()];
      expect(names.filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
});
