import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { startService } from '../../support/start-service.ts';

interface CallbackView {
  readonly id: string;
  readonly trigger: string;
  readonly state: string;
}

/** The status that the receiver answers with, and the bodies that it received. */
let status = 204;
const received: string[] = [];
const receiver = createServer((request, response) => {
  request.setEncoding('utf8').on('data', (text: string) => received.push(text));
  request.on('end', () => response.writeHead(status).end());
});
receiver.listen(0, '127.0.0.1');
await once(receiver, 'listening');
const origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
const callbackUrl = `${origin}/hook?key=canary`;

const world = await startService({
  env: { CALLBACK_ALLOWED_HOSTS: '127.0.0.1', CALLBACK_SECRET: 'callback-secret' },
});
const stopping = new AbortController();
beforeAll(() => {
  const ended = world.service.callbacks.run(stopping.signal);
  return async () => {
    stopping.abort();
    await ended;
    await world.stop();
    receiver.close();
  };
});
afterAll(() => receiver.closeAllConnections());

const list = async (query = ''): Promise<readonly CallbackView[]> =>
  ((await world.call('GET', `/v1/callbacks${query}`)).json as { items: readonly CallbackView[] }).items;
const of = async (trigger: string): Promise<CallbackView> => {
  const found = (await list()).find((callback) => callback.trigger === trigger);
  if (found === undefined) throw new Error(`no callback of ${trigger}`);
  return found;
};

test('the outcome is posted, and admins see the callback as delivered', async () => {
  const { id } = await world.trigger({ project: 'group/green', ref: 'main', callbackUrl });
  const finished = await world.finished(id);
  await eventually(async () => expect(await of(id)).toMatchObject({ state: 'delivered' }));
  const callback = await of(id);
  expect(callback).toEqual({
    id: id.replace('trg_', 'cbk_'),
    trigger: id,
    event: 'outcome',
    origin,
    state: 'delivered',
    tries: 1,
    lastStatus: 204,
    lastError: null,
    createdAt: finished.createdAt,
    lastTriedAt: expect.any(String) as string,
    nextTryAt: null,
  });
  expect((await world.call('GET', `/v1/callbacks/${callback.id}`)).json).toEqual(callback);
  expect(JSON.parse(received.at(-1) ?? '')).toEqual({ ...finished, waiters: 0 });
});

test('one that waits for the end, or was delivered, is not sent again; one that was given up is', async () => {
  const { id } = await world.trigger({ project: 'group/app', ref: 'main', callbackUrl });
  const { id: callback, state } = await of(id);
  expect(state).toBe('waiting');
  const retry = () => world.call('POST', `/v1/callbacks/${callback}/retry`);
  expect(await retry()).toMatchObject({ status: 400 });
  status = 410;
  await world.call('POST', `/v1/triggers/${id}/resolve`, { body: { outcome: 'success', reason: 'test' } });
  await eventually(async () => expect(await of(id)).toMatchObject({ state: 'given_up', lastStatus: 410 }));
  status = 200;
  expect(await retry()).toMatchObject({ status: 202, json: { id: callback, state: 'due' } });
  await eventually(async () => expect(await of(id)).toMatchObject({ state: 'delivered', tries: 2 }));
  expect(await retry()).toMatchObject({ status: 400 });
  const { json } = await world.call('GET', `/v1/audit?subject=${callback}`);
  expect(json).toMatchObject({ items: [{ action: 'callback.retry' }, {}, {}] });
});

test('are listed by state', async () => {
  const { id } = await world.trigger({ project: 'group/app', ref: 'main', callbackUrl });
  const waiting = await list('?state=waiting');
  expect(waiting.map(({ trigger }) => trigger)).toContain(id);
  expect(waiting.every(({ state }) => state === 'waiting')).toBe(true);
  expect((await world.call('GET', '/v1/callbacks?state=lost')).status).toBe(400);
});

test('are for admins', async () => {
  const { secret } = await world.service.keys.create(
    { name: 'ci', role: 'trigger', projects: null, days: null },
    { id: 'test', from: 'test' },
  );
  for (const [method, path] of [
    ['GET', ''],
    ['GET', '/cbk_1'],
    ['POST', '/cbk_1/retry'],
  ] as const) {
    expect((await world.call(method, `/v1/callbacks${path}`, { token: secret })).status).toBe(403);
    expect((await world.call(method, `/v1/callbacks${path}`, { token: 'none' })).status).toBe(401);
  }
});

test('that are not there are not found, nor other methods', async () => {
  expect((await world.call('GET', '/v1/callbacks/cbk_none')).status).toBe(404);
  expect((await world.call('POST', '/v1/callbacks/cbk_none/retry')).status).toBe(404);
  expect((await world.call('DELETE', '/v1/callbacks/cbk_none')).status).toBe(405);
});

describe('a request', () => {
  const ask = async (url: unknown) => {
    const { status: answered, text } = await world.call('POST', '/v1/triggers', {
      body: { project: 'group/green', ref: 'main', callbackUrl: url },
    });
    expect(text).not.toContain('canary');
    return answered;
  };

  test.each([
    ['another host', 'https://canary.example.com/'],
    ['another address', 'http://127.0.0.2/canary'],
    ['this machine by name', 'http://localhost/canary'],
    ['a host that looks allowed', 'http://127.0.0.1.canary.test/'],
  ])('is refused with %s', async (_what, url) => {
    expect(await ask(url)).toBe(403);
  });

  test.each([
    ['a user', `${origin.replace('//', '//canary@')}/`],
    ['a user and a password', `${origin.replace('//', '//user:canary@')}/`],
    ['a fragment', `${origin}/#canary`],
    ['another scheme', 'file:///etc/canary'],
    ['no URL', 'canary'],
    ['no text', 7],
    ['a book', `${origin}/${'x'.repeat(10_000)}`],
  ])('is wrong with %s', async (_what, url) => {
    expect(await ask(url)).toBe(400);
  });
});
