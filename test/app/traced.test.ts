import { expect, test } from 'vitest';
import type { SpanAttributes, Tracer } from '../../src/app/ports/tracer.ts';
import { noTracer } from '../../src/app/ports/tracer.ts';
import {
  traceCallbacks,
  traceDecisions,
  traceDeliveries,
  tracePerformers,
  traceStart,
  traceSweep,
} from '../../src/app/traced.ts';
import { aRunning, aTrigger, after, start } from '../fakes/triggers.ts';

type Span = { readonly name: unknown; readonly isCall: boolean } & SpanAttributes;

/** A tracer that writes down what it is given. */
function createRecorder() {
  const spans: Span[] = [];
  const traced: Tracer['traced'] =
    (work, { name, isCall = false, attributes, resultAttributes }) =>
    (...args) => {
      const result = work(...args);
      void Promise.resolve(result).then((value) =>
        spans.push({ name, isCall, ...attributes?.(...args), ...resultAttributes?.(value) }),
      );
      return result;
    };
  return { spans, tracer: { ...noTracer, traced } };
}

const trigger = aTrigger();
const ended = after(trigger, { type: 'resolved', at: start, outcome: 'canceled', reason: 'by hand' });

test.each([
  [trigger, 'requested'],
  [aRunning(), 'running'],
  [ended, 'canceled'],
])('a decision and a start name the trigger and its state: %#', async (next, result) => {
  const { spans, tracer } = createRecorder();
  await traceDecisions(tracer, () => Promise.resolve(next))(next.id, { type: 'deadlinePassed', at: start });
  await traceStart(tracer, () => Promise.resolve(next))({} as never);
  expect(spans).toEqual([
    { name: 'decide', isCall: false, triggerId: next.id, event: 'deadlinePassed', result },
    { name: 'store trigger', isCall: false, triggerId: next.id, result },
  ]);
});

test('a delivery is named', async () => {
  const { spans, tracer } = createRecorder();
  await traceDeliveries(tracer, () => Promise.resolve())({ id: 'dlv_1' } as never);
  expect(spans).toEqual([{ name: 'apply delivery', isCall: false, deliveryId: 'dlv_1' }]);
});

test.each([
  [[], { count: 0 }],
  [[trigger], { count: 1, triggerId: trigger.id }],
  [[trigger, ended], { count: 2 }],
])('a poll names its trigger where it is the only one: %#', async (batch, attributes) => {
  const { spans, tracer } = createRecorder();
  await traceSweep(tracer, () => Promise.resolve())(batch);
  expect(spans).toEqual([{ name: 'sweep', isCall: false, ...attributes }]);
});

test.each([
  [{ kind: 'answered', status: 204 }, { status: 204 }],
  [{ kind: 'unreachable' }, { failure: 'unreachable' }],
])('a callback names the origin alone, and what came of it: %j', async (answer, attributes) => {
  const { spans, tracer } = createRecorder();
  const url = 'https://u:secret@hooks.test:8443/secret?token=secret';
  await traceCallbacks(tracer, () => Promise.resolve(answer as never))({ id: 'cbk_1', url } as never);
  const place = { callbackId: 'cbk_1', method: 'POST', server: 'https://hooks.test:8443' };
  expect(spans).toEqual([{ name: 'POST callback', isCall: true, ...place, ...attributes }]);
});

test('each action does its own work, under its own name', async () => {
  const { spans, tracer } = createRecorder();
  const done: string[] = [];
  const types = [
    'start',
    'confirm',
    'confirmUpstream',
    'play',
    'retry',
    'cancel',
    'playGate',
    'postStatus',
  ] as const;
  const performers = Object.fromEntries(
    types.map((type) => [type, () => Promise.resolve(void done.push(type))]),
  );
  const all = tracePerformers(tracer, performers as never);
  for (const type of types) await all[type](trigger, type === 'confirm' ? 'hook' : undefined);
  expect(done).toEqual(types);
  expect(new Set(spans.map(({ name }) => name)).size).toBe(types.length);
  expect(spans[0]).toEqual({ name: 'start pipeline', isCall: false, triggerId: trigger.id });
  expect(spans[1]).toMatchObject({ name: 'read pipeline', why: 'hook' });
});
