import { afterAll, describe, expect, test } from 'vitest';
import { exchange } from '../../support/raw-exchange.ts';
import { adminToken, startService } from '../../support/start-service.ts';
import { makeKey, openBrowser, signedIn } from './browser.ts';

const world = await startService();
afterAll(world.stop);

describe('who is not signed in', () => {
  test.each([['/'], ['/?state=all&ref=main'], ['/triggers/trg_1'], ['/triggers/trg_1/log']])(
    'is led from %s to the form, and back afterwards',
    async (path) => {
      const browser = openBrowser(world.url);
      const answer = await browser.get(path);
      expect(answer.status).toBe(303);
      const form = await browser.get(answer.headers.get('location') ?? '');
      expect(form.status).toBe(200);
      expect(form.headers.get('content-type')).toBe('text/html; charset=utf-8');
      const next = /name="next" value="([^"]*)"/.exec(form.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
      expect((await browser.post('/sign-in', { key: adminToken, next })).headers.get('location')).toBe(path);
    },
  );

  test('can send no form', async () => {
    const answer = await openBrowser(world.url).post('/triggers/trg_1/cancel');
    expect(answer.headers.get('location')).toBe('/sign-in');
  });

  test('gets no stream', async () => {
    const answer = await world.call('GET', '/live', {
      token: null,
      headers: { accept: 'text/event-stream' },
    });
    expect(answer.status).toBe(401);
  });

  test('sees that a key is wrong', async () => {
    const browser = openBrowser(world.url);
    for (const key of ['', 'wrong', 'ptk_0000']) {
      const answer = await browser.post('/sign-in', { key });
      expect(answer.status).toBe(401);
      expect(answer.text).toContain('This key is not in force');
      expect(answer.text).not.toContain('ptk_0000');
    }
    expect(browser.cookie()).toBeNull();
  });

  test.each([
    ['//evil.example/x'],
    ['https://evil.example/x'],
    ['/\\evil.example'],
    ['\\\\evil.example'],
    ['javascript:alert(1)'],
    ['/..//evil.example'],
    ['/%09/evil.example'],
    ['\t//evil.example'],
  ])('is not led to another site by %j', async (next) => {
    const answer = await openBrowser(world.url).post('/sign-in', { key: adminToken, next });
    const location = new URL(answer.headers.get('location') ?? '', world.url);
    expect(location.origin).toBe(world.url);
  });
});

describe('the cookie', () => {
  test('is for this service alone, and does not hold the key', async () => {
    const answer = await openBrowser(world.url).post('/sign-in', { key: adminToken });
    const [cookie = ''] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/^pipeline-trigger=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(cookie).not.toContain(adminToken);
  });

  test.each([
    ['where PUBLIC_URL is https', { PUBLIC_URL: 'https://pipelines.example.com' }, {}],
    ['where the browser came by TLS', {}, { origin: 'https://pipelines.example.com' }],
  ])('is Secure and bound to the host %s', async (_where, env, headers) => {
    const other = await startService({ env });
    try {
      const answer = await openBrowser(other.url).post('/sign-in', { key: adminToken }, headers);
      expect(answer.headers.getSetCookie()[0]).toMatch(
        /^__Host-pipeline-trigger=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      );
    } finally {
      await other.stop();
    }
  });

  test('is another one at each sign-in, and the earlier one is of no use any more', async () => {
    const browser = await signedIn(world.url);
    const earlier = browser.cookie() ?? '';
    await browser.post('/sign-in', { key: adminToken });
    expect(browser.cookie()).not.toBe(earlier);
    const answer = await world.call('GET', '/', { token: null, headers: { cookie: earlier } });
    expect(answer.status).toBe(303);
  });
});

describe('a session', () => {
  test('ends with signing out', async () => {
    const browser = await signedIn(world.url);
    const cookie = browser.cookie() ?? '';
    expect((await browser.get('/')).status).toBe(200);
    expect((await browser.post('/sign-out')).headers.get('location')).toBe('/sign-in');
    const answer = await world.call('GET', '/', { token: null, headers: { cookie } });
    expect(answer.status).toBe(303);
  });

  test('ends when its key is revoked', async () => {
    const { key, secret } = await makeKey(world, { name: 'leaver' });
    const browser = await signedIn(world.url, secret);
    expect((await browser.get('/')).status).toBe(200);
    await world.service.keys.revoke(key.id, { id: 'operator@cli', from: 'test' });
    expect((await browser.get('/')).status).toBe(303);
  });
});

describe('a bearer token', () => {
  test('is as good as a cookie', async () => {
    const { status, text } = await world.call('GET', '/');
    expect({ status, isPage: text.includes('Pending triggers') }).toEqual({ status: 200, isPage: true });
    expect((await world.call('GET', '/', { token: 'wrong' })).status).toBe(303);
  });
});

describe('where nobody needs a key', () => {
  const open = { ADMIN_TOKEN: '' };

  test('everyone on this machine is in, under its own names only', async () => {
    const other = await startService({ env: open });
    try {
      const port = new URL(other.url).port;
      for (const host of ['127.0.0.1', 'localhost', '[::1]'])
        expect(await statusUnder(other.url, `${host}:${port}`), host).toBe(200);
      for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example'])
        expect(await statusUnder(other.url, `${host}:${port}`), host).toBe(303);
    } finally {
      await other.stop();
    }
  });
});

/** fetch does not let one say another host. */
const statusUnder = async (url: string, host: string): Promise<number | null> =>
  (await exchange(url, { method: 'GET', path: '/', headers: { host, accept: 'text/html' } })).status;
