import type { LookupAddress } from 'node:dns';
import { verify } from '@octokit/webhooks-methods';
import { describe, expect, test } from 'vitest';
import type { AllowedHost } from '../../src/callbacks/allowed-hosts.ts';
import { allowedDestinations, readAllowedHost } from '../../src/callbacks/allowed-hosts.ts';
import { createCallbackPoster } from '../../src/callbacks/post-callback.ts';
import type { CallbackId } from '../../src/domain/callback.ts';
import { eventually } from '../support/eventually.ts';
import { startStubServer } from '../support/start-stub-server.ts';

const secret = 'callback-secret';
const body = '{"outcome":"success","ref":"ü"}';
const at = (...addresses: readonly string[]): readonly LookupAddress[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

interface Given {
  readonly allowed?: readonly string[];
  readonly secret?: string | null;
  readonly resolve?: (name: string) => Promise<readonly LookupAddress[]>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Posts once. Names resolve to this machine unless the test gives its own resolver. */
function post(url: string, given: Given = {}) {
  const { allowed = ['receiver.test', '127.0.0.1'], signal = new AbortController().signal } = given;
  const poster = createCallbackPoster({
    destinations: allowedDestinations(allowed.map(readAllowedHost) as readonly AllowedHost[]),
    secret: given.secret === undefined ? secret : given.secret,
    resolve: given.resolve ?? (() => Promise.resolve(at('127.0.0.1'))),
    timeoutMs: given.timeoutMs ?? 10_000,
  });
  return poster({ url, event: 'outcome', id: 'cbk_1' as CallbackId, body, signal });
}

const ok = () => startStubServer((response) => response.writeHead(204).end());
const answered = (status: number) => ({ kind: 'answered', status, retryAfterMs: null });

describe('a callback', () => {
  test('is a POST of the very bytes that are signed', async () => {
    const server = await ok();
    expect(await post(`http://receiver.test:${server.port}/hook?key=canary`)).toEqual(answered(204));
    const [request] = server.requests;
    expect(request).toMatchObject({
      method: 'POST',
      url: '/hook?key=canary',
      body,
      headers: {
        host: `receiver.test:${server.port}`,
        'content-type': 'application/json',
        'x-pipeline-trigger-event': 'outcome',
        'x-pipeline-trigger-delivery': 'cbk_1',
      },
    });
    const signature = String(request?.headers['x-hub-signature-256']);
    expect(await verify(secret, request?.body ?? '', signature)).toBe(true);
    expect(await verify('other', request?.body ?? '', signature)).toBe(false);
  });

  test('is not signed without a secret', async () => {
    const server = await ok();
    expect(await post(server.url, { secret: null })).toEqual(answered(204));
    expect(server.requests[0]?.headers).not.toHaveProperty('x-hub-signature-256');
  });

  test('follows no redirect', async () => {
    const server = await startStubServer((response) =>
      response.writeHead(307, { location: '/elsewhere' }).end(),
    );
    expect(await post(server.url)).toEqual({ ...answered(307), redirectsTo: server.url });
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    { 'retry-after': '7' },
    { 'retry-after': 'Mon, 30 Nov 2026 11:00:07 GMT', date: 'Mon, 30 Nov 2026 11:00:00 GMT' },
  ])('reports the Retry-After of the receiver: %j', async (headers) => {
    const server = await startStubServer((response) => response.writeHead(503, headers).end());
    expect(await post(server.url)).toEqual({ kind: 'answered', status: 503, retryAfterMs: 7_000 });
  });

  test('does not read an answer that has no end', async () => {
    const server = await startStubServer((response) => {
      response.writeHead(200);
      const more = (): void => {
        if (!response.destroyed) response.write('x'.repeat(65_536), more);
      };
      more();
    });
    expect(await post(server.url)).toEqual(answered(200));
  });
});

describe('goes nowhere else', () => {
  test('than where its host is allowed', async () => {
    const server = await ok();
    const { kind } = await post(`http://other.test:${server.port}`);
    expect([kind, server.requests]).toEqual(['forbidden', []]);
  });

  test.each([
    ['to this machine', ['127.0.0.1']],
    ['to the metadata of a cloud', ['169.254.169.254']],
    ['to IPv4 within IPv6', ['::ffff:127.0.0.1']],
    ['to a public address and to this machine', ['93.184.216.34', '127.0.0.1']],
  ])('where its name leads %s', async (_where, addresses) => {
    const server = await ok();
    const resolve = () => Promise.resolve(at(...addresses));
    const answer = await post(`http://receiver.test:${server.port}`, { allowed: ['receiver.test'], resolve });
    expect(answer).toEqual({ kind: 'unanswered', why: 'its host has an address that is not allowed' });
    expect(server.requests).toEqual([]);
  });

  /** DNS rebinding: the name leads somewhere else the moment after it was checked. */
  test('than to the address that was checked', async () => {
    const server = await ok();
    const asked: string[] = [];
    const resolve = (name: string) => {
      asked.push(name);
      return Promise.resolve(at(asked.length === 1 ? '127.0.0.1' : '127.0.0.2'));
    };
    expect(await post(`http://receiver.test:${server.port}`, { resolve })).toEqual(answered(204));
    expect(asked).toEqual(['receiver.test']);
    expect(await post(`http://receiver.test:${server.port}`, { resolve })).toMatchObject({
      kind: 'unanswered',
    });
    expect(server.requests).toHaveLength(1);
  });

  test('but to the next address where the first does not answer', async () => {
    const server = await ok();
    const resolve = () => Promise.resolve(at('127.0.0.3', '127.0.0.1'));
    const url = `http://receiver.test:${server.port}`;
    expect(await post(url, { resolve, allowed: ['receiver.test', '127.0.0.0/8'] })).toEqual(answered(204));
  });
});

describe('is not answered', () => {
  const url = 'http://receiver.test:1/hook?key=canary';
  const silent = () => startStubServer(() => undefined);
  const never = () => new Promise<never>(() => undefined);
  const unknown = () => Promise.reject(Object.assign(new Error(`ENOTFOUND ${url}`), { code: 'ENOTFOUND' }));

  test('by a receiver that is not there', async () => {
    expect(await post(url)).toEqual({ kind: 'unanswered', why: 'cannot be reached (ECONNREFUSED)' });
  });

  test('by a receiver that says nothing, or whose name nobody looks up, for longer than its time', async () => {
    const why = 'no answer in time';
    expect(await post((await silent()).url, { timeoutMs: 50 })).toEqual({ kind: 'unanswered', why });
    expect(await post(url, { resolve: never, timeoutMs: 50 })).toEqual({ kind: 'unanswered', why });
  });

  test('where its name is unknown, or leads nowhere', async () => {
    expect(await post(url, { resolve: unknown })).toEqual({
      kind: 'unanswered',
      why: 'cannot be reached (ENOTFOUND)',
    });
    const none = () => Promise.resolve([]);
    expect(await post(url, { resolve: none })).toEqual({ kind: 'unanswered', why: 'cannot be reached' });
  });

  test('by one whose certificate is not trusted, or that speaks no TLS', async () => {
    const { port } = await ok();
    const { kind, ...rest } = await post(`https://receiver.test:${port}/canary`);
    expect(kind).toBe('unanswered');
    expect(JSON.stringify(rest)).toMatch(/cannot be reached \([A-Z_]+\)/);
    expect(JSON.stringify(rest)).not.toContain('canary');
  });

  test('when the service stops', async () => {
    // Its own limit would end it much later than the test.
    const timeoutMs = 3_600_000;
    const server = await silent();
    const stopping = new AbortController();
    const posted = post(server.url, { signal: stopping.signal, timeoutMs });
    await eventually(() => expect(server.requests).toHaveLength(1));
    stopping.abort();
    expect(await posted).toMatchObject({ kind: 'unanswered' });
    const late = new AbortController();
    const looking = post(url, { resolve: never, signal: late.signal, timeoutMs });
    late.abort();
    expect(await looking).toMatchObject({ kind: 'unanswered' });
    expect(await post(server.url, { signal: AbortSignal.abort(), timeoutMs })).toMatchObject({
      kind: 'unanswered',
    });
    expect(server.requests).toHaveLength(1);
  });
});
