import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { followService } from '../../../src/cli/trigger/follow-service.ts';
import { createServiceClient } from '../../../src/cli/trigger/service-client.ts';
import type { TriggerId } from '../../../src/domain/ids.ts';
import type { TimelineEntry } from '../../../src/domain/trigger/timeline.ts';
import { createAcceleratedClock } from '../../support/accelerated-clock.ts';
import { startStubServer } from '../../support/start-stub-server.ts';

const id = 'trg_1' as TriggerId;
const clock = createAcceleratedClock();

const trigger = (given: object = {}): object => ({
  id,
  projectId: 1,
  pipelineId: 7,
  pipelineStatus: 'running',
  webUrl: 'https://gitlab.example.com/group/app/-/pipelines/7',
  outcome: null,
  reason: null,
  playedJobs: [],
  ...given,
});

const status = { pipelineId: 7, status: 'running', webUrl: null };

const event = (number: number, type: string, data: object): string =>
  `id: ${number}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;

function json(
  response: ServerResponse,
  body: object,
  code = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** A service whose events a test makes up; everything else answers as the service does. */
async function followOver(
  events: (response: ServerResponse, lastEventId: string, stream: number) => void,
  // Only where events are held back the stream is given up soon: a busy machine is slow, too.
  { finishesAfterWaits = 0 } = {},
) {
  const firstMs = finishesAfterWaits > 0 ? 200 : 100_000_000;
  let streams = 0;
  let waits = 0;
  const notes: string[] = [];
  const server = await startStubServer((response, { url, headers }) => {
    const isFinished = finishesAfterWaits > 0 && waits >= finishesAfterWaits;
    if (url.endsWith('/events')) {
      streams += 1;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      events(response, String(headers['last-event-id']), streams);
    } else if (url.includes('/wait')) {
      waits += 1;
      json(response, {}, 503, { 'pipeline-trigger-state': 'pending' });
    } else if (isFinished) {
      const playedJobs = [{ id: 9, name: 'deploy', stage: 'prod' }];
      json(response, trigger({ pipelineStatus: 'success', outcome: 'success', playedJobs }));
    } else json(response, trigger());
  });
  const note = (message: string): void => void notes.push(message);
  const address = { url: server.url, token: 'key', timeoutSeconds: 5, firstAnswerSeconds: 5 };
  const client = createServiceClient({ address, clock, note });
  const { signal } = new AbortController();
  const entries: TimelineEntry[] = [];
  const follow = followService({ client, id, clock, note, signal, firstMs, nextMs: firstMs * 2 });
  for await (const entry of follow) entries.push(entry);
  return { entries, notes, requests: server.requests };
}

const types = (entries: readonly TimelineEntry[]): readonly string[] => entries.map(({ type }) => type);

test('tells every event up to the outcome', async () => {
  const { entries, notes } = await followOver((response) => {
    response.write(`: still here\n\n${event(1, 'state', { state: 'pending' })}`);
    response.write(event(2, 'status', status).slice(0, 20));
    response.write(event(2, 'status', status).slice(20) + event(3, 'unknown', {}));
    response.end(event(4, 'outcome', { outcome: 'success', reason: null, failedJobs: [] }));
  });
  expect(entries).toMatchObject([{ type: 'state' }, { type: 'status', ...status }, { type: 'outcome' }]);
  expect(notes).toEqual([]);
});

test('goes on behind the last event that it saw when the stream is cut', async () => {
  const seen: string[] = [];
  const { entries } = await followOver((response, lastEventId, stream) => {
    seen.push(lastEventId);
    if (stream === 1) response.end(event(1, 'state', { state: 'pending' }) + event(2, 'status', status));
    else if (stream === 2) response.destroy();
    else response.end(event(5, 'outcome', { outcome: 'failed', reason: null, failedJobs: [] }));
  });
  expect(seen).toEqual(['0', '2', '2']);
  expect(types(entries)).toEqual(['state', 'status', 'outcome']);
});

describe('where events do not come through it waits for the answer', () => {
  test('because they are held back', async () => {
    const hold = (): void => undefined;
    const { entries, notes, requests } = await followOver(hold, { finishesAfterWaits: 2 });
    expect(types(entries)).toEqual(['status', 'status', 'played', 'outcome']);
    expect(notes).toEqual(['the events of the service do not come through; waiting for its answer instead']);
    expect(requests.filter(({ url }) => url.endsWith('/events'))).toHaveLength(1);
    expect(requests.every(({ headers }) => headers.authorization === 'Bearer key')).toBe(true);
  });

  test('because they are cut off, again and again', async () => {
    const cut = (response: ServerResponse): void => void response.end();
    const { entries, requests } = await followOver(cut, { finishesAfterWaits: 1 });
    expect(types(entries)).toEqual(['status', 'status', 'played', 'outcome']);
    expect(requests.filter(({ url }) => url.endsWith('/events'))).toHaveLength(3);
  });

  test('and tells nothing twice', async () => {
    const { entries } = await followOver(
      (response, _lastEventId, stream) => {
        if (stream === 1) response.write(event(2, 'status', status));
        if (stream === 1) response.end(event(3, 'played', { id: 9, name: 'deploy', stage: 'prod' }));
        else response.end();
      },
      { finishesAfterWaits: 1 },
    );
    expect(types(entries)).toEqual(['status', 'played', 'status', 'outcome']);
  });
});

describe('an address at which nobody has ever answered is given up within a minute', () => {
  const address = { token: null, timeoutSeconds: 900, firstAnswerSeconds: 50 };
  const asked = (url: string) => {
    const own = createAcceleratedClock();
    const client = createServiceClient({ address: { ...address, url }, clock: own, note: () => undefined });
    const failure = client.ask('/v1/triggers/trg_1').then(
      () => '',
      (error: unknown) => String(error),
    );
    return { failure, waitedMs: () => own.slept.reduce((sum, ms) => sum + ms, 0) };
  };

  test('where nobody listens', async () => {
    const { failure, waitedMs } = asked('http://127.0.0.1:1');
    expect(await failure).toMatch(/for 50 seconds/);
    expect(waitedMs()).toBe(50_000);
  });

  test('where a proxy answers in its place', async () => {
    const server = await startStubServer((response) => {
      response.writeHead(502, { 'content-type': 'text/html' });
      response.end('<html>Bad Gateway</html>');
    });
    const { failure, waitedMs } = asked(server.url);
    expect(await failure).toMatch(/for 50 seconds \(it answers 502\)/);
    expect(waitedMs()).toBe(50_000);
  });

  test('but not a service that says that it cannot answer now', async () => {
    const server = await startStubServer((response) =>
      json(response, { title: 'Unavailable', detail: 'the database is busy' }, 503),
    );
    const { failure, waitedMs } = asked(server.url);
    expect(await failure).toMatch(/for 900 seconds \(the database is busy\)/);
    expect(waitedMs()).toBe(900_000);
  });
});

test('a trigger that is gone is a refusal', async () => {
  const server = await startStubServer((response) =>
    json(response, { title: 'No longer kept', detail: 'this trigger finished long ago' }, 410),
  );
  const address = { url: server.url, token: null, timeoutSeconds: 5, firstAnswerSeconds: 5 };
  const client = createServiceClient({ address, clock, note: () => undefined });
  const { signal } = new AbortController();
  const follow = followService({ client, id, clock, note: () => undefined, signal });
  await expect(follow.next()).rejects.toThrow(/refuses: this trigger finished long ago/);
});
