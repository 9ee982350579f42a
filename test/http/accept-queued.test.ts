import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { acceptQueued } from '../../src/http/accept-queued.ts';
import { readAnswer, requestBytes } from '../support/raw-exchange.ts';

async function listen(): Promise<{ server: Server; port: number; handled: () => number }> {
  let handled = 0;
  const server = createServer((_request, response) => {
    handled += 1;
    response.end('answered');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { server, port: (server.address() as AddressInfo).port, handled: () => handled };
}

/** Connects, and has sent its request before the server has accepted anything: that takes a turn for each. */
function call(port: number): Socket {
  const socket = connect({ host: '127.0.0.1', port });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  socket.write(requestBytes({ path: '/', headers: { connection: 'close' }, body: 'x' }));
  return socket;
}

test('connections that wait in the queue are accepted, and answered after the socket has closed', async () => {
  const { server, port, handled } = await listen();
  const answers = Array.from({ length: 40 }, () => readAnswer(call(port)));
  await new Promise(setImmediate);
  expect(handled()).toBeLessThan(40);
  await acceptQueued(server);
  const before = handled();
  server.close();
  expect(before).toBeLessThan(40);
  for (const answer of answers) expect(await answer).toMatchObject({ status: 200, body: 'answered' });
});

test('a quiet server is not held up, and handles requests as before', async () => {
  const { server, port } = await listen();
  const since = performance.now();
  await acceptQueued(server);
  expect(performance.now() - since).toBeLessThan(10_000);
  expect(server.listenerCount('request')).toBe(1);
  expect(server.listenerCount('connection')).toBe(1);
  expect(await readAnswer(call(port))).toMatchObject({ status: 200, body: 'answered' });
});

test('connections that never cease to come are accepted for a second, not for ever', async () => {
  const { server, port } = await listen();
  const calling = setInterval(() => call(port), 1);
  // Each turn has something to do.
  const busy = setInterval(() => {
    const until = performance.now() + 3;
    while (performance.now() < until);
  }, 1);
  const since = performance.now();
  await acceptQueued(server);
  clearInterval(calling);
  clearInterval(busy);
  expect(performance.now() - since).toBeLessThan(20_000);
});
