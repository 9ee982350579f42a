import type { ExportResult } from '@opentelemetry/core';
import { ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Log } from '../../app/ports/index.ts';
import { messageOf } from '../../domain/error.ts';

/** The minimum time between two warnings about a collector that is repeatedly unavailable. */
const tellEveryMs = 10 * 60_000;

/** Sends spans to where another sends them, and tells once that it cannot, and once that it can again. */
export function createLoggingExporter(
  exporter: SpanExporter,
  log: Pick<Log, 'info' | 'warn'>,
  now: () => number = () => performance.now(),
): SpanExporter & { readonly gaveUp: () => void } {
  let lost = 0;
  let isTold = false;
  let toldAt = -Infinity;

  function tell(error: string): void {
    if (isTold || now() - toldAt < tellEveryMs) return;
    isTold = true;
    toldAt = now();
    log.warn({ error }, 'traces cannot be sent: they are dropped until they can');
  }

  function note({ code, error }: ExportResult, spans: number): void {
    if (code !== ExportResultCode.SUCCESS) {
      lost += spans;
      tell(whyNot(error));
      return;
    }
    if (isTold) log.info({ lost }, 'traces are sent again');
    isTold = false;
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
    /** Nobody waits for the collector any more. */
    gaveUp: () => tell('no answer in time'),
  };
}

/** Without what the collector answered, which may quote what it was sent. */
function whyNot(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (typeof code === 'number') return `the collector answers ${code}`;
  return typeof code === 'string' ? code : messageOf(error);
}
