import type { Request } from 'express';
import express from 'express';
import { expect, test } from 'vitest';
import { callerNow } from '../../../src/http/middleware/authenticate.ts';
import { createAuthenticatePage } from '../../../src/http/dashboard/authenticate-page.ts';

/** A request as Express shows it to a service that listens on `::`. */
const requestFrom = (ip: string, authorization = 'Bearer key'): Request =>
  Object.defineProperties(Object.create(express.request) as Request, {
    ip: { value: ip },
    method: { value: 'GET' },
    headers: { value: { authorization } },
  });

function begin() {
  const seen: { readonly token: string | null; readonly from: string }[] = [];
  const authenticate = (token: string | null, from: string) => {
    seen.push({ token, from });
    return Promise.resolve({ id: 'ci', role: 'read', projects: null } as const);
  };
  const authenticatePage = createAuthenticatePage({
    authenticate,
    sessions: { begin: () => 'session', find: () => ({ kind: 'token', token: 'key' }), end: () => undefined },
    cookie: {
      read: ({ ip }) => (ip === '::ffff:192.0.2.8' ? 'session' : null),
      set: () => undefined,
      clear: () => undefined,
    },
    people: null,
    noteCall: () => Promise.resolve(),
    isAllowedHost: () => true,
  });
  return { seen, authenticate, authenticatePage };
}

test.each(['::ffff:192.0.2.7', '::ffff:192.0.2.8', '192.0.2.7', '2001:db8::1'])(
  'a page and the API name the client at %s in the same way',
  async (ip) => {
    const { seen, authenticate, authenticatePage } = begin();
    const request = requestFrom(ip);
    await authenticatePage(request);
    await callerNow(request, authenticate);
    const from = ip.replace('::ffff:', '');
    expect(seen).toEqual([
      { token: 'key', from },
      { token: 'key', from },
    ]);
  },
);

test.each([
  ['Bearer  key ', 'key'],
  ['bearer key', 'key'],
  ['Bearer key x', null],
  ['Basic key', null],
  ['', null],
])('a page and the API read the same token from %j', async (authorization, token) => {
  const { seen, authenticate, authenticatePage } = begin();
  const request = requestFrom('192.0.2.7', authorization);
  await authenticatePage(request);
  await callerNow(request, authenticate);
  expect(seen.map((one) => one.token)).toEqual([token, token]);
});

test.each([
  ['key', true, 'asked'],
  ['key', false, 'asked'],
  ['', true, 'asked'],
  // Else a page of another site, under a name of its own for this machine, would be let in where all is open.
  ['', false, 'refused'],
])('without a cookie, with the token %j, on an allowed host: %j: %s', async (token, isAllowed, result) => {
  const asked: unknown[] = [];
  const authenticatePage = createAuthenticatePage({
    authenticate: (given) => {
      asked.push(given);
      return Promise.resolve({ id: 'ci', role: 'read', projects: null } as const);
    },
    sessions: { begin: () => 'session', find: () => null, end: () => undefined },
    cookie: { read: () => null, set: () => undefined, clear: () => undefined },
    people: null,
    noteCall: () => Promise.resolve(),
    isAllowedHost: () => isAllowed,
  });
  const page = authenticatePage(requestFrom('192.0.2.7', token === '' ? '' : `Bearer ${token}`));
  if (result === 'refused') await expect(page).rejects.toMatchObject({ code: 'unauthorized' });
  else expect(await page).toMatchObject({ isSignedIn: false, caller: { id: 'ci' } });
  expect(asked).toHaveLength(result === 'refused' ? 0 : 1);
});

test('a session whose key is refused is ended', async () => {
  const ended: string[] = [];
  const authenticatePage = createAuthenticatePage({
    authenticate: () => Promise.resolve(null),
    sessions: {
      begin: () => 'session',
      find: () => ({ kind: 'token', token: 'key' }),
      end: (id) => void ended.push(id),
    },
    cookie: { read: () => 'session', set: () => undefined, clear: () => undefined },
    people: null,
    noteCall: () => Promise.resolve(),
    isAllowedHost: () => true,
  });
  await expect(authenticatePage(requestFrom('192.0.2.7'))).rejects.toMatchObject({ code: 'unauthorized' });
  expect(ended).toEqual(['session']);
});
