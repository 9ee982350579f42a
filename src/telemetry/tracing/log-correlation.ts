import { trace } from '@opentelemetry/api';
import type { Log } from '../../app/ports/index.ts';
import type { ContextStorage } from './create-tracer.ts';
import { underWay } from './create-tracer.ts';

/** Adds to each line the trace and the span that it was written in, by the names that collectors of logs know. */
export const createLogCorrelation = (here: ContextStorage) =>
  function correlate(log: Log): Log {
    const named = (fields: object): object => {
      const span = trace.getSpanContext(underWay(here));
      return span === undefined ? fields : { ...fields, trace_id: span.traceId, span_id: span.spanId };
    };
    return {
      info: (fields, message) => log.info(named(fields), message),
      warn: (fields, message) => log.warn(named(fields), message),
      error: (fields, message) => log.error(named(fields), message),
    };
  };
