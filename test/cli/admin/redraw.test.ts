import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { node, repository } from '../../support/run-command.ts';
import { callCli } from '../../support/call-cli.ts';
import { pipelineTrigger } from '../../support/built.ts';

/** A service that answers as a test says. @returns its environment */
async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { PIPELINE_TRIGGER_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const stream = (response: ServerResponse): ServerResponse =>
  response.writeHead(200, { 'content-type': 'text/event-stream' });
const event = (id: number, name: string, data: object): string =>
  `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

test('watch ID goes on where the service was away, and ends with the last outcome', async () => {
  const resumedAfter: unknown[] = [];
  const env = await serve(({ headers }, response) => {
    resumedAfter.push(headers['last-event-id']);
    if (resumedAfter.length === 1)
      stream(response).end(
        event(1, 'outcome', { outcome: 'failed' }) + event(2, 'state', { state: 'pending' }),
      );
    else if (resumedAfter.length === 2) response.destroy();
    else stream(response).end(event(3, 'outcome', { outcome: 'success' }));
  });
  const { code, stdout, stderr } = await callCli(['watch', 'trg_watched', '--json'], env);
  expect([code, stderr]).toEqual([0, '']);
  expect(resumedAfter).toEqual([undefined, '2', '2']);
  const types = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type);
  expect(types).toEqual(['outcome', 'state', 'outcome']);
});

test('a list that is watched is read when something happens, over restarts, and not in between', async () => {
  let reads = 0;
  const paths: string[] = [];
  const streams: ServerResponse[] = [];
  const env = await serve(({ url = '' }, response) => {
    paths.push(url);
    if (url.startsWith('/v1/events')) {
      stream(response).flushHeaders();
      streams.push(response);
      return;
    }
    reads += 1;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ items: [{ id: `trg_${reads}` }], nextCursor: null }));
  });
  const child = spawn(node, [pipelineTrigger, 'list', '--watch', '--json', '--project', 'group/app'], {
    cwd: repository,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const shown = async (): Promise<unknown> => JSON.parse(((await lines.next()) as { value: string }).value);
  expect(await shown()).toEqual([{ id: 'trg_1' }]);
  // What happened before it listened.
  expect(await shown()).toEqual([{ id: 'trg_2' }]);
  const change = (id: number, project: string): string =>
    event(id, 'trigger', { id: 'trg_x', project, ref: 'main' });
  streams[0]?.write(change(1, 'group/app') + change(2, 'group/app'));
  expect(await shown()).toEqual([{ id: 'trg_3' }]);
  for (let id = 3; id < 23; id += 1) {
    streams[0]?.write(change(id, id % 2 === 0 ? 'group/other' : 'group/app/below'));
    await sleep(20);
  }
  // Two updates cause at most two reads: a read between them may have missed the second update. Others cause none.
  expect(reads).toBeLessThanOrEqual(4);
  const before = reads;
  streams[0]?.write(': still here\nid: 23\n\n');
  await eventually(() => expect(reads).toBeGreaterThan(before));
  streams[0]?.end();
  await eventually(() => expect(streams).toHaveLength(2));
  await shown();
  expect(paths.filter((path) => path.startsWith('/v1/events'))).toEqual(['/v1/events', '/v1/events']);
});

test('an unreachable service is reported immediately', async () => {
  const { code, stderr } = await callCli(['watch', 'trg_watched'], {
    PIPELINE_TRIGGER_URL: 'http://127.0.0.1:1',
  });
  expect(code).toBe(2);
  expect(stderr).toContain('no answer from the service');
});
