import type { ExportResult } from '@opentelemetry/core';
import { ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Log } from '../../app/ports/index.ts';
import { messageOf } from '../../domain/error.ts';
import { networkErrorCode } from '../../domain/http.ts';

/** The minimum time between two warnings about a collector that is repeatedly unavailable. */
const warnEveryMs = 10 * 60_000;

/** Wraps an exporter: logs once when spans cannot be sent, and once when they can be sent again. */
export function createLoggingExporter(
  exporter: SpanExporter,
  log: Pick<Log, 'info' | 'warn'>,
  now: () => number = () => performance.now(),
): SpanExporter & { readonly gaveUp: () => void } {
  let lost = 0;
  let isWarned = false;
  let warnedAt = -Infinity;

  function warn(error: string): void {
    if (isWarned || now() - warnedAt < warnEveryMs) return;
    isWarned = true;
    warnedAt = now();
    log.warn({ error }, 'traces cannot be sent: they are dropped until they can');
  }

  function note({ code, error }: ExportResult, spans: number): void {
    if (code !== ExportResultCode.SUCCESS) {
      lost += spans;
      warn(whyNot(error));
      return;
    }
    if (isWarned) log.info({ lost }, 'traces are sent again');
    isWarned = false;
    lost = 0;
  }

  return {
    export(spans: ReadableSpan[], done) {
      exporter.export(spans, (result) => {
        note(result, spans.length);
        done({ code: ExportResultCode.SUCCESS });
      });
    },
    shutdown: () => exporter.shutdown(),
    /** Called when the flush at the stop has run out of time. */
    gaveUp: () => warn('no answer in time'),
  };
}

/** The error without the collector's answer, which may quote the request. */
function whyNot(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (typeof code === 'number') return `the collector answers ${code}`;
  return networkErrorCode(error) ?? messageOf(error);
}
