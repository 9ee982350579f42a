import type { TriggerEnvironment } from './command.ts';

/**
 * The trace context of this command as a header: tools that trace jobs pass it in `TRACEPARENT`. Other values are
 * ignored. Source: OpenTelemetry, Environment Variables as Context Propagation Carriers
 */
export function traceParentOf({
  TRACEPARENT: given = '',
}: TriggerEnvironment): Readonly<Record<string, string>> {
  return /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/.test(given) ? { traceparent: given } : {};
}
