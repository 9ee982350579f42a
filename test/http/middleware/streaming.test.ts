import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import type { Response } from 'express';
import express from 'express';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { send } from '../../../src/http/middleware/reply.ts';
import { writeWithBackpressure } from '../../../src/http/middleware/streaming.ts';
import { requestBytes } from '../../support/raw-exchange.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const large = 'x'.repeat(16 * 2 ** 20);

/** Somebody who asks for something and does not read the answer. */
async function ask(listener: RequestListener): Promise<{ client: Socket; response: ServerResponse }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
  await once(client, 'connect');
  client.pause();
  const asked = once(server, 'request') as Promise<[unknown, ServerResponse]>;
  client.write(requestBytes({ method: 'GET', path: '/' }));
  const [, response] = await asked;
  return { client, response };
}

/** All that is still on its way to the client, until its connection ends. */
async function rest(client: Socket): Promise<number> {
  let length = 0;
  client.on('data', (chunk: Buffer) => (length += chunk.length));
  client.resume();
  await once(client, 'close');
  return length;
}

const answering = express().get('/', (_request, response) => send(response, { status: 200, body: large }));

test('an answer that nobody reads is given up after a minute', async () => {
  const { response } = await ask(answering);
  const closed = once(response, 'close');
  vi.advanceTimersByTime(59_999);
  expect(response.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  await closed;
  expect(response.writableFinished).toBe(false);
});

test('one that is read in time is not', async () => {
  const { client, response } = await ask(answering);
  vi.advanceTimersByTime(59_999);
  expect(await rest(client)).toBeGreaterThan(large.length);
  expect(response.writableFinished).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test('a response that is sent immediately starts no timer', async () => {
  const small = express().get('/', (_request, response) => send(response, { status: 200, body: 'x' }));
  const { client } = await ask(small);
  expect(vi.getTimerCount()).toBe(0);
  await rest(client);
});

test('a stream whose reader has stopped is given up, and what is to come is not piled up', async () => {
  let written: Promise<void> = Promise.resolve();
  const streaming: RequestListener = (_request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    written = writeWithBackpressure(response as Response, large, gone.signal);
  };
  const { response } = await ask(streaming);
  expect(response.writableLength).toBeLessThan(2 ** 20);
  const closed = once(response, 'close');
  vi.advanceTimersByTime(60_000);
  await closed;
  expect(response.writableLength).toBeLessThan(2 ** 20);
  await written;
});
