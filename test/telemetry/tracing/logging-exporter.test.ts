import { ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import { createLoggingExporter } from '../../../src/telemetry/tracing/logging-exporter.ts';

const minuteMs = 60_000;

function exporterThat() {
  const state = { error: null as Error | null, now: 0, lines: [] as string[] };
  const note = (level: string) => (fields: object, message: string) =>
    void state.lines.push(`${level} ${message.split(':')[0]} ${JSON.stringify(fields)}`);
  const exporter = createLoggingExporter(
    {
      export: (_spans, done) =>
        done(
          state.error === null
            ? { code: ExportResultCode.SUCCESS }
            : { code: ExportResultCode.FAILED, error: state.error },
        ),
      shutdown: () => Promise.resolve(),
    },
    { info: note('info'), warn: note('warn') },
    () => state.now,
  );
  const send = (): number | undefined => {
    let code: number | undefined;
    exporter.export([{}, {}] as ReadableSpan[], (result) => void (code = result.code));
    return code;
  };
  return { state, send, exporter };
}

test('a failure is logged once, and the number of lost spans when it is over', () => {
  const { state, send } = exporterThat();
  send();
  state.error = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  // The exporter reports success either way: the batch processor drops the spans.
  expect([send(), send(), send()]).toEqual([0, 0, 0]);
  state.now += 60 * minuteMs;
  send();
  state.error = null;
  send();
  send();
  expect(state.lines).toEqual([
    'warn traces cannot be sent {"error":"ECONNREFUSED"}',
    'info traces are sent again {"lost":8}',
  ]);
});

test('a collector that fails every other minute is logged once in ten minutes', () => {
  const { state, send } = exporterThat();
  for (let each = 0; each < 20; each += 1) {
    state.now += minuteMs;
    state.error = each % 2 === 0 ? new Error('no answer') : null;
    send();
  }
  expect(state.lines.filter((line) => line.startsWith('warn'))).toHaveLength(2);
});

test('an answer of the collector is logged with its status only', () => {
  const { state, send } = exporterThat();
  state.error = Object.assign(new Error('secret'), { code: 401, data: 'secret' });
  send();
  expect(state.lines).toEqual(['warn traces cannot be sent {"error":"the collector answers 401"}']);
});

test('a collector that never answers is logged once when the exporter stops waiting', () => {
  const { state, exporter } = exporterThat();
  exporter.gaveUp();
  exporter.gaveUp();
  expect(state.lines).toEqual(['warn traces cannot be sent {"error":"no answer in time"}']);
});
