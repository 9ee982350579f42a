import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import type { Context } from '@opentelemetry/api';
import { SpanStatusCode } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import { noTracer } from '../../../src/app/ports/tracer.ts';
import { AppError } from '../../../src/domain/error.ts';
import { createTracer } from '../../../src/telemetry/tracing/create-tracer.ts';
import { createLogCorrelation } from '../../../src/telemetry/tracing/log-correlation.ts';

function traced() {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const here = new AsyncLocalStorage<Context>();
  const tracer = createTracer(provider.getTracer('test'), here);
  const spans = () =>
    exporter.getFinishedSpans().map((span) => ({
      name: span.name,
      attributes: span.attributes,
      isError: span.status.code === SpanStatusCode.ERROR,
      parent: span.parentSpanContext?.spanId,
      id: span.spanContext().spanId,
    }));
  return { tracer, spans, here };
}

test('nested traced calls give nested spans, synchronous and asynchronous', async () => {
  const { tracer, spans } = traced();
  const now = tracer.traced((value: number) => value + 1, {
    name: 'now',
    resultAttributes: (count) => ({ count }),
  });
  const later = tracer.traced(
    async (value: number) => {
      await setImmediate();
      return now(value);
    },
    { name: (value) => `later ${value}`, attributes: (value) => ({ count: value }) },
  );
  expect(await Promise.all([later(1), later(5)])).toEqual([2, 6]);
  const all = spans();
  for (const value of [1, 5]) {
    const outer = all.find(({ name }) => name === `later ${value}`);
    expect(outer).toMatchObject({ parent: undefined, attributes: { 'pipeline_trigger.count': value } });
    expect(all.filter(({ parent }) => parent !== undefined && parent === outer?.id)).toMatchObject([
      { name: 'now', attributes: { 'pipeline_trigger.count': value + 1 } },
    ]);
  }
});

test('what somebody else does later belongs where it was asked for', () => {
  const { tracer, spans } = traced();
  const work = tracer.traced(() => undefined, { name: 'work' });
  const asked: (() => void)[] = [];
  tracer.traced(
    () => {
      const within = tracer.captureContext();
      asked.push(() => within(work));
    },
    { name: 'asking' },
  )();
  tracer.traced(() => asked.forEach((each) => each()), { name: 'doing' })();
  const [asking, done] = spans();
  expect(done).toMatchObject({ name: 'work', parent: asking?.id });
});

test.each([
  [new AppError('gitlab_unavailable', 'secret'), 'gitlab_unavailable', true],
  [new AppError('unauthorized', 'secret'), 'unauthorized', false],
  [
    new TypeError('secret', { cause: Object.assign(new Error('secret'), { code: 'ECONNRESET' }) }),
    'ECONNRESET',
    true,
  ],
  [new TypeError('secret'), 'TypeError', true],
])('a traced call records the kind of an error and rethrows it: %s', async (error, kind, isError) => {
  const { tracer, spans } = traced();
  const look = { name: 'work' };
  const synchronous = tracer.traced((): string => {
    throw error;
  }, look);
  const later = tracer.traced(() => Promise.reject(error), look);
  expect(() => synchronous()).toThrow();
  await expect(later()).rejects.toBe(error);
  expect(spans()).toMatchObject([
    { isError, attributes: { 'error.type': kind } },
    { isError, attributes: { 'error.type': kind } },
  ]);
  expect(JSON.stringify(spans())).not.toContain('secret');
});

test('a call that is answered with an error has failed; an answer of ours has not', () => {
  const { tracer, spans } = traced();
  const look = { name: 'work', resultAttributes: (status: number) => ({ status }) };
  for (const status of [200, 404]) tracer.traced(() => status, { ...look, isCall: true })();
  tracer.traced(() => 424, look)();
  expect(spans().map(({ isError }) => isError)).toEqual([false, true, false]);
});

test('a line of the log names the span it was written in, if there is one', () => {
  const { tracer, spans, here } = traced();
  const lines: object[] = [];
  const write = (fields: object): void => void lines.push(fields);
  const log = createLogCorrelation(here)({ info: write, warn: write, error: write });
  log.info({ a: 1 }, '');
  tracer.traced(() => log.error({ a: 2 }, ''), { name: 'work' })();
  expect(lines).toEqual([
    { a: 1 },
    { a: 2, span_id: spans()[0]?.id, trace_id: expect.stringMatching(/^[\da-f]{32}$/) as string },
  ]);
});

test('where nothing is traced work is what it was', () => {
  const work = (): void => undefined;
  expect(noTracer.traced(work, { name: 'work' })).toBe(work);
  expect(noTracer.captureContext()(() => 1)).toBe(1);
});
