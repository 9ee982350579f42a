import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  TracerProvider,
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';
import type { RequestHandler } from 'express';
import type { DeliveryStore, Log } from '../../app/ports/index.ts';
import type { Tracer } from '../../app/ports/tracer.ts';
import type { Delivery } from '../../domain/delivery.ts';
import type { TracingSettings } from '../../config/tracing-settings.ts';
import { createTracer } from './create-tracer.ts';
import { createCommitTracing } from './trace-commits.ts';
import { createRequestTracing } from './trace-requests.ts';
import { createLogCorrelation } from './log-correlation.ts';
import { createLoggingExporter } from './logging-exporter.ts';
import type { Sampler } from '@opentelemetry/sdk-trace';

/** Active tracing. */
export interface Tracing {
  readonly tracer: Tracer;
  /** The first middleware of each request. */
  readonly traceRequest: RequestHandler;
  /** The same inbox, traced. */
  readonly inbox: (inbox: DeliveryStore) => DeliveryStore;
  /** Reports the deliveries of one commit. */
  readonly committed: (deliveries: readonly Delivery[], ms: number) => void;
  /** The same log; each line names the current trace and span. */
  readonly log: (log: Log) => Log;
  /** Sends the remaining spans, within two seconds. */
  readonly close: () => Promise<void>;
}

/** How long a stop waits for the collector. */
const closeMs = 2_000;

/**
 * Starts to send traces to a collector. No work waits for it: spans are kept in a bounded queue, and dropped when it is
 * full. Decision: docs/decisions/0013
 */
export function startTracing(
  settings: TracingSettings,
  { log, version }: { readonly log: Log; readonly version: string },
): Tracing {
  const exporter = createLoggingExporter(createExporter(settings), log);
  const { delayMs, queue, size } = settings.batch;
  const own = { [ATTR_SERVICE_NAME]: 'pipeline-trigger', [ATTR_SERVICE_VERSION]: version };
  const provider = new TracerProvider({
    sampler: createSampler(settings.sampler),
    resource: defaultResource()
      .merge(resourceFromAttributes(own))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        scheduledDelayMillis: delayMs,
        maxQueueSize: queue,
        maxExportBatchSize: size,
      }),
    ],
  });
  const recorder = provider.getTracer('pipeline-trigger', version);
  const here = new AsyncLocalStorage<Context>();
  const tracer = createTracer(recorder, here);
  return {
    tracer,
    traceRequest: createRequestTracing(recorder, here),
    ...createCommitTracing(recorder, tracer, here),
    log: createLogCorrelation(here),
    async close() {
      const limit = new AbortController();
      const isSent = await Promise.race([
        provider.shutdown().then(
          () => true,
          () => false,
        ),
        sleep(closeMs, false, { signal: limit.signal }),
      ]);
      limit.abort();
      if (!isSent) exporter.gaveUp();
    },
  };
}

const createExporter = ({ url, headers, timeoutMs, compression }: TracingSettings): OTLPTraceExporter =>
  new OTLPTraceExporter({
    url,
    headers: { ...headers },
    timeoutMillis: timeoutMs,
    compression: compression as never,
  });

const kinds = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: (ratio: number) => new TraceIdRatioBasedSampler(ratio),
} as const satisfies Record<TracingSettings['sampler']['kind'], (ratio: number) => Sampler>;

/** Which traces are recorded. */
export function createSampler({ kind, parentBased, ratio }: TracingSettings['sampler']): Sampler {
  const root = kinds[kind](ratio);
  return parentBased ? new ParentBasedSampler({ root }) : root;
}
