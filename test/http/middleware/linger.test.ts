import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import express from 'express';
import { expect, onTestFinished, test } from 'vitest';
import { linger } from '../../../src/http/middleware/linger.ts';
import { open, requestBytes } from '../../support/raw-exchange.ts';

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
const request = { path: '/', body };
const half = (bytes: Buffer): [Buffer, Buffer] => [
  bytes.subarray(0, bytes.length / 2),
  bytes.subarray(bytes.length / 2),
];
const whole = /^HTTP\/1\.1 200 [^]*content-length: 2\r\n[^]*\r\n\r\nno$/i;

test('the whole answer is there before the request is, and no byte of it is met by a reset', async () => {
  const { socket, seen, errors } = await dial();
  const [first, rest] = half(requestBytes(request));
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
  const kept = { ...request, headers: { connection: 'keep-alive' } };
  socket.write(requestBytes(kept));
  await once(socket, 'data');
  socket.write(requestBytes(request));
  await once(socket, 'close');
  expect(seen().match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
});

test('a request without an end is read for so long', async () => {
  const { socket, seen } = await dial(50);
  const [first] = half(requestBytes(request));
  socket.write(first);
  await once(socket, 'close');
  expect(seen()).toMatch(whole);
});
