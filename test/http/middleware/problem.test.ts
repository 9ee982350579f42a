import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import express from 'express';
import request from 'supertest';
import { describe, expect, onTestFinished, test } from 'vitest';
import { GitLabUnavailable } from '../../../src/app/ports/gitlab-unavailable.ts';
import { AppError, LimitReached } from '../../../src/domain/error.ts';
import { createErrorHandler, linger } from '../../../src/http/middleware/problem.ts';
import { open, requestBytes } from '../../support/raw-exchange.ts';

/** What is answered to a request that fails so, and the lines of the log about it. */
async function failWith(error: unknown) {
  const lines: object[] = [];
  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: (fields: object) => void lines.push(fields),
  };
  const app = express();
  app.get('/fails', () => {
    throw error;
  });
  app.use(createErrorHandler(log));
  const { status, headers, text } = await request(app).get('/fails').set('connection', 'keep-alive');
  return { status, headers: headers as Record<string, string>, text, lines };
}

const away = (isLogged: boolean) =>
  new GitLabUnavailable('GitLab cannot be reached', { retryAfterMs: null, inDoubtMs: null }, { isLogged });

test.each([
  ['GitLab is away', away(false), 503, 1],
  ['GitLab is away, and the log has the cause', away(true), 503, 0],
  ['the database cannot be used', new AppError('storage_unavailable', 'no'), 503, 1],
  ['we are wrong', new Error('canary'), 500, 1],
  ['the caller is wrong', new AppError('invalid', 'no'), 400, 0],
  ['GitLab refused', new AppError('gitlab_refused', 'no'), 422, 0],
])('a request that fails since %s is logged as often as it should be', async (_why, error, status, count) => {
  const answer = await failWith(error);
  expect([answer.status, answer.lines.length]).toEqual([status, count]);
  if (count > 0) expect(answer.lines[0]).toMatchObject({ method: 'GET', path: '/fails' });
});

test('a caller who reaches a limit is a warning in the log, once a minute', async () => {
  const warnings: object[] = [];
  const log = {
    info: () => undefined,
    error: () => undefined,
    warn: (fields: object) => void warnings.push(fields),
  };
  const app = express();
  app.get('/fails', () => {
    throw new LimitReached('no more', 'ci');
  });
  app.use(createErrorHandler(log));
  for (const _time of [1, 2, 3]) expect((await request(app).get('/fails')).status).toBe(429);
  expect(warnings).toEqual([{ caller: 'ci', error: 'no more' }]);
});

test.each([
  [new LimitReached('no', 'ci'), 429, '30', 'keep-alive'],
  [new AppError('too_many_requests', 'no'), 429, '10', 'close'],
  [new GitLabUnavailable('no', { retryAfterMs: 1_001, inDoubtMs: null }), 503, '2', 'keep-alive'],
  [away(true), 503, '5', 'keep-alive'],
])('%s says when to come back', async (error, status, retryAfter, connection) => {
  const answer = await failWith(error);
  expect([answer.status, answer.headers['retry-after']]).toEqual([status, retryAfter]);
  expect(answer.headers['connection'] ?? 'keep-alive').toBe(connection);
});

test.each(['x', '"', '\u0000', 'ü', '\u{1f600}', '\ud800', '\\'])(
  'an answer is at most 8 KB, whatever was said: a megabyte of %j',
  async (text) => {
    const { text: body } = await failWith(new AppError('gitlab_refused', text.repeat(1_000_000)));
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(8 * 1024);
    expect(JSON.parse(body)).toMatchObject({ status: 422, detail: expect.stringMatching(/…$/) as string });
  },
);

describe('an answer to a request that is not read to its end', () => {
  /** A connection to a server that answers without reading, and what has come on it. */
  async function dial(lingerMs?: number): Promise<{ socket: Socket; seen: () => string; errors: Error[] }> {
    const app = express().use((request, response) => linger(request, response, 'no', lingerMs));
    const server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const socket = await open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const errors: Error[] = [];
    let seen = '';
    socket.on('error', (error) => errors.push(error));
    socket.on('data', (bytes: Buffer) => (seen += bytes.toString()));
    return { socket, seen: () => seen, errors };
  }

  const body = Buffer.alloc(2 ** 20, 'x');
  const posted = { path: '/', body };
  const half = (bytes: Buffer): [Buffer, Buffer] => [
    bytes.subarray(0, bytes.length / 2),
    bytes.subarray(bytes.length / 2),
  ];
  const whole = /^HTTP\/1\.1 200 [^]*content-length: 2\r\n[^]*\r\n\r\nno$/i;

  test('the whole answer is there before the request is, and no byte of it is met by a reset', async () => {
    const { socket, seen, errors } = await dial();
    const [first, rest] = half(requestBytes(posted));
    socket.write(first);
    await once(socket, 'data');
    expect(seen()).toMatch(whole);
    // A server that had closed would answer this with a reset.
    for (const piece of half(rest)) await new Promise((resolve) => socket.write(piece, resolve));
    await once(socket, 'close');
    expect(errors).toEqual([]);
    expect(seen()).toMatch(whole);
  });

  test('a connection that is kept serves the next request', async () => {
    const { socket, seen } = await dial();
    const kept = { ...posted, headers: { connection: 'keep-alive' } };
    socket.write(requestBytes(kept));
    await once(socket, 'data');
    socket.write(requestBytes(posted));
    await once(socket, 'close');
    expect(seen().match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
  });

  test('a request without an end is read for so long', async () => {
    const { socket, seen } = await dial(50);
    const [first] = half(requestBytes(posted));
    socket.write(first);
    await once(socket, 'close');
    expect(seen()).toMatch(whole);
  });
});
