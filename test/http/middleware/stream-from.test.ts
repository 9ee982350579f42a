import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { StreamItem } from '../../../src/client/read-events.ts';
import { readEvents } from '../../../src/client/read-events.ts';
import { AppError } from '../../../src/domain/error.ts';
import { createErrorHandler } from '../../../src/http/middleware/problem.ts';
import type { StreamPart } from '../../../src/http/middleware/streaming.ts';
import { createRequestSignal, eventText, streamFrom } from '../../../src/http/middleware/streaming.ts';
import { createFakeClock } from '../../fakes/fake-clock.ts';
import { eventually } from '../../support/eventually.ts';
import { openStream } from '../../support/open-stream.ts';

const noLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A service with one stream, whose source is a list that a test adds to. */
async function begin({ togetherMs = 0 } = {}) {
  const clock = createFakeClock();
  const draining = new AbortController();
  const signalOf = createRequestSignal(draining.signal);
  const parts: (StreamPart | Promise<StreamPart> | Error)[] = [];
  const wakes = new Set<() => void>();
  let taken = 0;
  const source = {
    subscribe: (wake: () => void) => {
      wakes.add(wake);
      return () => void wakes.delete(wake);
    },
    take: (): StreamPart | Promise<StreamPart> => {
      taken += 1;
      const part = parts.shift() ?? { text: '', next: 'wait' };
      if (part instanceof Error) throw part;
      return part;
    },
    comment: () => '# here\n',
  };
  const app = express().get('/', (_request, response) =>
    streamFrom(response, source, {
      contentType: 'text/plain; charset=utf-8',
      clock,
      over: signalOf(response),
      togetherMs,
    }),
  );
  const server = createServer(app.use(createErrorHandler(noLog))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const add = (...more: (StreamPart | Promise<StreamPart> | Error)[]): void => {
    parts.push(...more);
    for (const wake of wakes) wake();
  };
  const isPausing = (ms: number) => eventually(() => expect(clock.sleeping()).toEqual([ms]));
  return { clock, draining, parts, wakes, add, url, isPausing, taken: () => taken };
}

const part = (text: string, next: StreamPart['next'] = 'wait'): StreamPart => ({ text, next });

test('whatever its data holds, an event is one event, with its data unchanged', async () => {
  const anyText = fc.string({
    unit: fc.constantFrom('\r', '\n', '\n\n', '\u2028', 'data: ', 'id: 9', ':', 'x', '\0'),
  });
  const anyEvent = fc.record({
    id: fc.option(fc.nat(), { nil: undefined }),
    data: fc.dictionary(anyText, anyText),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent), async (events) => {
      const text = events.map(({ id, data }) => eventText({ id, name: 'trigger', data })).join('');
      const items: StreamItem[] = [];
      for await (const item of readEvents(new Blob([text]).stream())) items.push(item);
      expect(items).toEqual(
        events.map(({ id, data }) => ({
          kind: 'event',
          id: id === undefined ? null : String(id),
          name: 'trigger',
          data: JSON.stringify(data),
        })),
      );
    }),
  );
});

test('what a source has is sent, then what it has after each wake, until its end', async () => {
  const { parts, add, url, wakes, isPausing } = await begin();
  parts.push(part('one\n', 'more'), part('two\n'));
  const stream = await openStream(url, {});
  expect(Object.fromEntries(stream.headers)).toMatchObject({
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  await isPausing(15_000);
  await eventually(() => expect(stream.text()).toBe('one\ntwo\n'));
  add(part('three\n'));
  await eventually(() => expect(stream.text()).toBe('one\ntwo\nthree\n'));
  add(part('four\n', 'end'));
  expect(await stream.ended).toBe('one\ntwo\nthree\nfour\n');
  expect(wakes.size).toBe(0);
});

test('a silent stream has a comment every 15 seconds, and the source is asked with each', async () => {
  const { clock, parts, url, isPausing, taken } = await begin();
  const stream = await openStream(url, {});
  for (const count of [1, 2]) {
    await isPausing(15_000);
    expect(taken()).toBe(count);
    await clock.advance(14_999);
    await isPausing(1);
    await clock.advance(1);
  }
  await isPausing(15_000);
  // Nobody was woken for it.
  parts.push(part('lost\n', 'end'));
  await clock.advance(15_000);
  expect(await stream.ended).toBe('# here\n# here\n# here\nlost\n');
});

test('what comes within a moment of a wake is taken together', async () => {
  const { clock, add, url, isPausing, taken } = await begin({ togetherMs: 100 });
  const stream = await openStream(url, {});
  await isPausing(15_000);
  add(part('one\n', 'more'));
  await isPausing(100);
  add(part('two\n', 'end'));
  await clock.advance(99);
  expect(taken()).toBe(1);
  await clock.advance(1);
  expect(await stream.ended).toBe('one\ntwo\n');
});

test('a wake that comes while the source is read is not lost', async () => {
  const { add, url, isPausing, taken } = await begin();
  const stream = await openStream(url, {});
  await isPausing(15_000);
  const reading = Promise.withResolvers<StreamPart>();
  add(reading.promise);
  await eventually(() => expect(taken()).toBe(2));
  add(part('two\n', 'end'));
  reading.resolve(part('one\n'));
  expect(await stream.ended).toBe('one\ntwo\n');
});

test('a stream ends when the service stops, and leaves its source', async () => {
  const { draining, url, wakes, isPausing } = await begin();
  const stream = await openStream(url, {});
  await isPausing(15_000);
  draining.abort();
  await stream.ended;
  expect(wakes.size).toBe(0);
  // One that comes then is over before it begins.
  await (
    await openStream(url, {})
  ).ended;
  expect(wakes.size).toBe(0);
});

test('a caller who hangs up leaves the source', async () => {
  const { url, wakes, isPausing } = await begin();
  const stream = await openStream(url, {});
  await isPausing(15_000);
  stream.hangUp();
  await eventually(() => expect(wakes.size).toBe(0));
});

test('a source that fails at first is a problem; later its stream is cut, not ended', async () => {
  const { parts, add, url, wakes, isPausing } = await begin();
  parts.push(new AppError('storage_unavailable', 'locked'));
  expect((await openStream(url, {})).status).toBe(503);
  const stream = await openStream(url, {});
  await isPausing(15_000);
  add(new AppError('storage_unavailable', 'locked'));
  await expect(stream.ended).rejects.toThrow();
  expect(wakes.size).toBe(0);
});

test('HEAD has the head, and no stream', async () => {
  const { url, wakes, parts } = await begin();
  parts.push(part('one\n'));
  const { status, headers, body } = await fetch(url, { method: 'HEAD' });
  expect([status, headers.get('content-type'), body]).toEqual([200, 'text/plain; charset=utf-8', null]);
  expect(wakes.size).toBe(0);
});
