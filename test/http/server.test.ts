import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import express from 'express';
import { createErrorHandler } from '../../src/http/middleware/problem.ts';
import { expect, onTestFinished, test } from 'vitest';
import type { ServerTimeouts } from '../../src/http/server.ts';
import { createServer } from '../../src/http/server.ts';
import { readBytes } from '../../src/http/middleware/read-body.ts';
import { quiet } from '../support/start-service.ts';
import { readAnswer, requestBytes } from '../support/raw-exchange.ts';

const lines: string[] = [];
const log = { warn: (_fields: object, message: string) => lines.push(message) };

const app = express()
  .post('/', readBytes(1024), (_request, response) => void response.end('taken'))
  .get('/held', () => undefined)
  .get('/large', (_request, response) => void response.end(Buffer.alloc(64 * 2 ** 20)))
  .use(createErrorHandler(quiet));

async function listen(
  timeouts: Partial<ServerTimeouts>,
  crowded: (isCrowded: boolean) => void = () => undefined,
): Promise<{ server: Server; dial: () => Promise<Socket> }> {
  const server = createServer(app, log, { checkEveryMs: 20, ...timeouts }, crowded);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const dial = async (): Promise<Socket> => {
    const socket = connect({ host: '127.0.0.1', port });
    await once(socket, 'connect');
    return socket.on('error', () => undefined);
  };
  return { server, dial };
}

/** Sends the next byte as soon as the last one was taken, for ever. */
function trickle(socket: Socket, begin: string): void {
  socket.write(begin);
  const timer = setInterval(() => socket.write('a'), 10);
  socket.once('close', () => clearInterval(timer));
}

test('who connects and says nothing is cut off', async () => {
  const { dial } = await listen({ headersMs: 100, requestMs: 200 });
  expect((await readAnswer(await dial())).status).toBe(408);
});

test('headers that come byte by byte are not waited for', async () => {
  const { dial } = await listen({ headersMs: 100, requestMs: 60_000 });
  const socket = await dial();
  trickle(socket, 'GET /held HTTP/1.1\r\nhost: x\r\nx-slow: ');
  expect((await readAnswer(socket)).status).toBe(408);
});

test('nor is a body that comes byte by byte', async () => {
  const { dial } = await listen({ headersMs: 100, requestMs: 200 });
  const socket = await dial();
  trickle(socket, 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n');
  expect((await readAnswer(socket)).status).toBe(408);
});

test('headers without end are refused before they are kept', async () => {
  const { dial } = await listen({});
  const socket = await dial();
  socket.write(requestBytes({ path: '/', headers: { 'x-large': 'a'.repeat(17 * 1024) } }));
  expect((await readAnswer(socket)).status).toBe(431);
});

test('a body that is too large by its own account is refused before it is read', async () => {
  const { dial } = await listen({});
  const socket = await dial();
  socket.write(requestBytes({ path: '/', headers: { 'content-length': '1025' } }));
  const [first] = (await once(socket, 'data')) as [Buffer];
  expect(first.toString()).toMatch(/^HTTP\/1.1 413 /);
});

test('a reader who stopped reading is cut off, one who is held for as long as is usual is not', async () => {
  const { dial, server } = await listen({ silentMs: 200 });
  const closed = new Promise<number>((resolve) => {
    server.once('connection', (socket) => socket.once('close', () => resolve(socket.bytesWritten)));
  });
  const socket = await dial();
  socket.pause();
  socket.write(requestBytes({ method: 'GET', path: '/large' }));
  expect(await closed).toBeGreaterThan(0);
});

test('beyond so many connections new ones are closed, those that are there go on, and one line tells', async () => {
  const { dial } = await listen({ connections: 2 });
  const first = await dial();
  await dial();
  for (let more = 0; more < 3; more += 1) expect((await readAnswer(await dial())).status).toBeNull();
  first.write(requestBytes({ path: '/', body: 'x' }));
  expect(await readAnswer(first)).toMatchObject({ status: 200, body: 'taken' });
  expect(lines).toEqual(['too many connections: new ones are closed']);
});

test('a crowd begins with so many connections, and ends when half of them are left', async () => {
  const changes: boolean[] = [];
  const { dial } = await listen({ crowd: 4 }, (isCrowded) => changes.push(isCrowded));
  const sockets = [await dial(), await dial(), await dial()];
  await readAnswer(await dial().then((socket) => socket.end(requestBytes({ method: 'GET', path: '/none' }))));
  await expect.poll(() => changes).toEqual([true]);
  sockets[0]?.destroy();
  await expect.poll(() => changes).toEqual([true, false]);
  await dial();
  expect(changes).toEqual([true, false]);
});

test('the usual timeouts has room for the longest wait and for ten thousand who wait', () => {
  const server = createServer(app, log);
  expect(server.headersTimeout).toBe(10_000);
  expect(server.requestTimeout).toBe(30_000);
  expect(server.keepAliveTimeout).toBe(75_000);
  expect(server.timeout).toBeGreaterThan(55_000 + 15_000);
  expect(server.maxConnections).toBeGreaterThanOrEqual(15_000);
});
