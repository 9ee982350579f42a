import { gzipSync, brotliCompressSync, deflateSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { readFixture } from '../../support/hook-fixtures.ts';
import { exchange, open, readAnswer, requestBytes } from '../../support/raw-exchange.ts';
import type { RawRequest } from '../../support/raw-exchange.ts';
import { webhookSecret } from '../../support/start-service.ts';
import { expectProblem, startWatchedService } from './watched-service.ts';

const service = await startWatchedService();
afterAll(service.stop);
afterEach(service.expectUnharmed);

const hook = readFixture('gitlab_docs_19_pipeline_hook');

let count = 0;
const hookRequest = ({ headers = {}, ...rest }: Partial<RawRequest> = {}): RawRequest => ({
  path: '/webhooks/gitlab',
  body: hook,
  ...rest,
  headers: {
    'content-type': 'application/json',
    'x-gitlab-event': 'Pipeline Hook',
    'x-gitlab-token': webhookSecret,
    'idempotency-key': `wire ${(count += 1)}`,
    ...headers,
  },
});

const post = (request: Partial<RawRequest>) => exchange(service.url, hookRequest(request));

/** How many deliveries are kept. */
const kept = async (): Promise<number> =>
  ((await service.call('GET', '/v1/deliveries?limit=200')).json as { items: unknown[] }).items.length;

describe('a hook whose length is a lie', () => {
  test('too long is not kept when its sender gives up', async () => {
    const before = await kept();
    const socket = await open(service.url);
    socket.end(requestBytes(hookRequest({ headers: { 'content-length': String(hook.length + 100) } })));
    const { status } = await readAnswer(socket);
    expect([null, 400]).toContain(status);
    expect(await kept()).toBe(before);
  });

  test('too short is not JSON, and what is beyond it is no request', async () => {
    const before = await kept();
    expect((await post({ headers: { 'content-length': '100' } })).status).toBe(400);
    expect(await kept()).toBe(before);
  });

  test.each<[string, Record<string, string | readonly string[]>]>([
    ['two different ones', { 'content-length': ['10', String(hook.length)] }],
    ['none that is a number', { 'content-length': 'many' }],
    ['a negative one', { 'content-length': '-1' }],
    ['one beyond all numbers', { 'content-length': '9'.repeat(40) }],
    ['one beside chunks', { 'content-length': '10', 'transfer-encoding': 'chunked' }],
    ['chunks that are none', { 'transfer-encoding': 'chunked' }],
    ['an encoding nobody knows', { 'transfer-encoding': 'zip' }],
  ])('%s is no HTTP', async (_what, headers) => {
    const before = await kept();
    const { status } = await post({ headers });
    expect([400, 501]).toContain(status);
    expect(await kept()).toBe(before);
  });

  test('none at all is no JSON', async () => {
    const answer = await post({ body: '' });
    expect(answer.status).toBe(400);
    expectProblem(answer);
  });
});

describe('a hook in chunks', () => {
  const chunksOf = (text: string, size: number): string => {
    const parts = Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
      text.slice(index * size, (index + 1) * size),
    );
    return [...parts, '']
      .map((part) => `${Buffer.byteLength(part).toString(16)};x="y"\r\n${part}\r\n`)
      .join('');
  };
  const chunked = { 'transfer-encoding': 'chunked' };

  test('is taken, however small they are', async () => {
    expect((await post({ headers: chunked, body: chunksOf(hook, 7) })).status).toBe(202);
  });

  test('is refused when they go on beyond what is taken', async () => {
    const answer = await post({ headers: chunked, body: chunksOf(' '.repeat(5 * 2 ** 20 + 1), 2 ** 16) });
    expect(answer.status).toBe(413);
    expectProblem(answer);
  });
});

describe('a hook that is compressed is refused, whatever it would be', () => {
  const bomb = Buffer.alloc(64 * 2 ** 20, 32);
  test.each<[string, Buffer]>([
    ['gzip', gzipSync(bomb)],
    ['deflate', deflateSync(bomb)],
    ['br', brotliCompressSync(hook)],
    ['gzip, gzip', gzipSync(gzipSync(bomb))],
    ['GZIP', gzipSync(hook)],
    ['gzip', Buffer.from(hook)],
    ['zstd', Buffer.from(hook)],
    ['', gzipSync(hook)],
    ['identity', gzipSync(hook)],
  ])('as %j', async (encoding, body) => {
    const answer = await post({ headers: { 'content-encoding': encoding }, body });
    expect(answer.status).toBe(encoding === '' || encoding === 'identity' ? 400 : 415);
    expectProblem(answer);
  });
});

describe('a sender that goes away', () => {
  test.each([0, 1, 100, hook.length - 1])(
    'after %i bytes of its body leaves nothing behind',
    async (sent) => {
      const before = await kept();
      const bytes = requestBytes(hookRequest());
      const head = bytes.length - Buffer.byteLength(hook);
      const sockets = await Promise.all(Array.from({ length: 20 }, () => open(service.url)));
      for (const socket of sockets) {
        socket.on('error', () => undefined);
        socket.write(bytes.subarray(0, head + sent), () => socket.resetAndDestroy());
      }
      expect((await service.call('GET', '/healthz')).status).toBe(200);
      expect(await kept()).toBe(before);
    },
  );

  test('after all of it does no harm', async () => {
    const before = await kept();
    const sockets = await Promise.all(Array.from({ length: 20 }, () => open(service.url)));
    for (const socket of sockets) {
      socket.on('error', () => undefined);
      socket.write(requestBytes(hookRequest()), () => socket.destroy());
    }
    const last = await post({});
    expect(last.status).toBe(202);
    expect(await kept()).toBeLessThanOrEqual(before + 21);
  });
});

test('a body that comes byte by byte is taken', async () => {
  const small = '{"object_kind":"pipeline"}';
  const socket = await open(service.url);
  socket.setNoDelay(true);
  for (const byte of requestBytes(hookRequest({ body: small })))
    await new Promise<void>((resolve) => socket.write(Buffer.from([byte]), () => resolve()));
  expect((await readAnswer(socket)).status).toBe(202);
});

describe('what is no request', () => {
  test.each<[string, string]>([
    ['nothing but words', 'hello\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['another version', 'POST /webhooks/gitlab HTTP/9.9\r\n\r\n'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a method nobody knows', 'BREW /webhooks/gitlab HTTP/1.1\r\nhost: a\r\n\r\n'],
    ['a header without a name', 'POST /webhooks/gitlab HTTP/1.1\r\nhost: a\r\n: b\r\n\r\n'],
    ['a header with a NUL', 'POST /webhooks/gitlab HTTP/1.1\r\nhost: a\r\nx: a\0b\r\n\r\n'],
    ['no host', 'POST /webhooks/gitlab HTTP/1.1\r\n\r\n'],
    ['a folded header', 'POST /webhooks/gitlab HTTP/1.1\r\nhost: a\r\nx: a\r\n b\r\n\r\n'],
    ['a path with a space', 'POST /webhooks/git lab HTTP/1.1\r\nhost: a\r\n\r\n'],
    ['a bare line feed', 'POST /webhooks/gitlab HTTP/1.1\nhost: a\n\n'],
  ])('%s is answered with 400, and the connection ends', async (_what, text) => {
    const socket = await open(service.url);
    socket.write(Buffer.from(text, 'latin1'));
    expect((await readAnswer(socket)).status).toBe(400);
  });

  test.each([
    ['one header of 100 KB', { x: 'x'.repeat(100_000) }],
    [
      'thousands of headers',
      Object.fromEntries(Array.from({ length: 3_000 }, (_, n) => [`x-${n}`, 'y'.repeat(20)])),
    ],
  ])('%s is answered with 431', async (_what, headers) => {
    expect((await post({ headers })).status).toBe(431);
  });
});
