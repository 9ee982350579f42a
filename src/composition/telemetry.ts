import { createLagMeter } from '../app/deliveries/measure-lag.ts';
import type { Clock, Log } from '../app/ports/index.ts';
import { noTracer } from '../app/ports/tracer.ts';
import type { Config } from '../config/config.ts';
import { version } from '../platform/version.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import type { Tracing } from '../telemetry/tracing/start-tracing.ts';

export type Telemetry = Awaited<ReturnType<typeof createTelemetry>>;

/** Telemetry: metrics, the log, and traces where they are switched on. */
export async function createTelemetry(
  config: Config,
  { log, clock }: { readonly log: Log; readonly clock: Clock },
) {
  const metrics = createMetrics();
  const { meter } = metrics;
  const tracing = await startTracingIfOn(config, log);
  return {
    metrics,
    meter,
    lag: createLagMeter(meter, clock),
    tracing,
    tracer: tracing?.tracer ?? noTracer,
    log: tracing?.log(log) ?? log,
  };
}

/** Null where tracing is off: then OpenTelemetry is not even loaded. */
async function startTracingIfOn({ tracing }: Config, log: Log): Promise<Tracing | null> {
  if (tracing === null) return null;
  const { startTracing } = await import('../telemetry/tracing/start-tracing.ts');
  return startTracing(tracing, { log, version });
}
