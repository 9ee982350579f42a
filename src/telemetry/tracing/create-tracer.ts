import type { AsyncLocalStorage } from 'node:async_hooks';
import type { Context, Span, Tracer as Recorder } from '@opentelemetry/api';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { ATTR_ERROR_TYPE } from '@opentelemetry/semantic-conventions';
import type { SpanAttributes, Tracer } from '../../app/ports/tracer.ts';
import { attributesOf, errorType } from './attributes.ts';

/** OpenTelemetry's context of the running code. */
export type ContextStorage = AsyncLocalStorage<Context>;

export const underWay = (here: ContextStorage): Context => here.getStore() ?? ROOT_CONTEXT;

/** Records work as spans. Of an error, a span has only the kind: the message may quote confidential text. */
export function createTracer(recorder: Recorder, here: ContextStorage): Tracer {
  function end(span: Span, facts: SpanAttributes, isCall: boolean): void {
    const { status = 0, failure = isCall && status >= 400 ? String(status) : null } = facts;
    span.setAttributes(attributesOf(facts));
    if (failure !== null) fail(span, failure);
    span.end();
  }

  function endFailed(span: Span, error: unknown): void {
    const { kind, isOurs } = errorType(error);
    if (isOurs) fail(span, kind);
    else span.setAttribute(ATTR_ERROR_TYPE, kind);
    span.end();
  }

  return {
    traced: (work, { name, isCall = false, attributes, resultAttributes }) =>
      function callTraced(...args) {
        const within = underWay(here);
        const span = recorder.startSpan(
          typeof name === 'string' ? name : name(...args),
          {
            kind: isCall ? SpanKind.CLIENT : SpanKind.INTERNAL,
            attributes: attributesOf(attributes?.(...args) ?? {}),
          },
          within,
        );
        const ended = <T>(result: Awaited<T>): Awaited<T> => {
          end(span, resultAttributes?.(result as never) ?? {}, isCall);
          return result;
        };
        const failed = (error: unknown): never => {
          endFailed(span, error);
          throw error;
        };
        let result;
        try {
          result = here.run(trace.setSpan(within, span), work, ...args);
        } catch (error) {
          return failed(error);
        }
        return (
          result instanceof Promise ? result.then(ended, failed) : ended(result as never)
        ) as typeof result;
      },
    captureContext() {
      const within = underWay(here);
      return (work) => here.run(within, work);
    },
  };
}

export function fail(span: Span, kind: string): void {
  span.setAttribute(ATTR_ERROR_TYPE, kind);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
