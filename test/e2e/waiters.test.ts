import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { serverOver } from '../support/server-over.ts';
import { adminToken, startService } from '../support/start-service.ts';

const app = { project: 'group/app', ref: 'main' };
const world = await startService({ hooks: false });
afterAll(world.stop);

/** A trigger whose pipeline runs until a test moves its jobs. */
async function begin() {
  const { id } = await world.trigger(app);
  const pipelineId = await world.pipelineOf(id);
  return { id, pipelineId, path: `/v1/triggers/${id}` };
}

/** Sends a request and does not wait for its answer. */
async function ask(line: string, { headers = '', body = '', url = world.url } = {}): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  const content = `content-type: application/json\r\ncontent-length: ${body.length}\r\n`;
  const lines = `host: service\r\nauthorization: Bearer ${adminToken}\r\n${headers}${content}`;
  socket.write(`${line} HTTP/1.1\r\n${lines}\r\n${body}`);
  return socket;
}

/** Every request that is held until its trigger finishes. */
const held: Readonly<Record<string, (path: string, url?: string) => Promise<Socket>>> = {
  wait: (path, url) => ask(`GET ${path}/wait?wait=55`, { url }),
  'wait by POST': (path, url) => ask(`POST ${path}/wait?wait=55`, { url }),
  'wait by HEAD': (path, url) => ask(`HEAD ${path}/wait?wait=55`, { url }),
  follow: (path, url) => ask(`GET ${path}/wait?mode=follow`, { url }),
  text: (path, url) => ask(`GET ${path}/wait?mode=text`, { url }),
  prefer: (path, url) => ask(`GET ${path}`, { url, headers: 'prefer: wait=55\r\n' }),
  events: (path, url) => ask(`GET ${path}/events`, { url }),
  'events in lines': (path, url) => ask(`GET ${path}/events`, { url, headers: 'accept: text/plain\r\n' }),
};

describe.each(Object.entries(held))('%s', (_what, hold) => {
  test('is given up when the caller hangs up', async () => {
    const { id, path } = await begin();
    const socket = await hold(path);
    await eventually(() => expect(world.waiters(id)).toBe(1));
    socket.destroy();
    await eventually(() => expect(world.waiters(id)).toBe(0));
  });

  test('is not begun when the caller has hung up before', async () => {
    const { id, path } = await begin();
    const { url, looked, goOn } = await startSlowServer();
    const socket = await hold(path, url);
    await looked;
    socket.destroy();
    await goOn();
    // It has joined and left before anything else is asked.
    await world.call('GET', path);
    expect(world.waiters(id)).toBe(0);
  });
});

/** The service once more, over a database that holds its answers until released. */
async function startSlowServer() {
  const { service } = world;
  const { triggers } = service.store;
  const [looking, gate] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  const slow: typeof triggers = {
    ...triggers,
    find: async (id) => {
      looking.resolve(undefined);
      await gate.promise;
      return triggers.find(id);
    },
  };
  const slowService = { ...world, service: { ...service, store: { ...service.store, triggers: slow } } };
  const server = createServer(
    serverOver(slowService, {
      authenticate: () => Promise.resolve({ id: 'admin', role: 'admin', projects: null }),
    }),
  );
  const closed = new Promise((resolve) =>
    server.on('connection', (socket: Socket) => socket.once('close', resolve)),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    looked: looking.promise,
    /** Once the server knows that its caller has gone. */
    goOn: async () => {
      await closed;
      gate.resolve(undefined);
    },
  };
}

test('HEAD of the events is answered immediately: no caller waits', async () => {
  const { id, path } = await begin();
  const answer = await world.call('HEAD', `${path}/events`);
  expect([answer.status, answer.headers.get('content-type'), answer.text]).toEqual([
    200,
    'text/event-stream; charset=utf-8',
    '',
  ]);
  expect(world.waiters(id)).toBe(0);
});

test('the end wakes all, each in its way, and nobody waits any more', async () => {
  const { id, path, pipelineId } = await begin();
  const sockets = await Promise.all(Object.values(held).map((hold) => hold(path)));
  const answers = sockets.map(async (socket) => {
    let text = '';
    for await (const part of socket.setEncoding('utf8')) {
      text += String(part);
      if (/outcome|result: /.test(text)) break;
    }
    return text;
  });
  await eventually(() => expect(world.waiters(id)).toBe(sockets.length));
  world.simulator.apply(pipelineId, 'run', ['build']);
  world.simulator.apply(pipelineId, 'drop', ['build']);
  await world.call('POST', `${path}/reconcile`);
  for (const answer of await Promise.all(answers)) expect(answer).toMatch(/failed/);
  await eventually(() => expect(world.waiters(id)).toBe(0));
});
