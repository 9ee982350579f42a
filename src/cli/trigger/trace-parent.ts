import type { TriggerEnvironment } from './command.ts';

/**
 * The trace that this command is part of, as a header: tools that trace jobs hand it on in `TRACEPARENT`. Nothing that
 * is not of that form. Source: OpenTelemetry, Environment Variables as Context Propagation Carriers
 */
export function traceParentOf({
  TRACEPARENT: given = '',
}: TriggerEnvironment): Readonly<Record<string, string>> {
  return /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/.test(given) ? { traceparent: given } : {};
}
