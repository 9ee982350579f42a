import type { AsyncLocalStorage } from 'node:async_hooks';
import type { Context, Span, Tracer as Recorder } from '@opentelemetry/api';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { ATTR_ERROR_TYPE } from '@opentelemetry/semantic-conventions';
import type { Facts, Tracer } from '../../app/ports/tracer.ts';
import { attributesOf } from './attributes.ts';
import { failureOf } from './error-type.ts';

/** What is under way where code runs: OpenTelemetry's context. */
export type Here = AsyncLocalStorage<Context>;

export const underWay = (here: Here): Context => here.getStore() ?? ROOT_CONTEXT;

/** Work as spans. What was thrown is told by its kind alone: its words may quote what nobody is to read. */
export function createTracer(recorder: Recorder, here: Here): Tracer {
  function end(span: Span, facts: Facts, isCall: boolean): void {
    const { status = 0, failure = isCall && status >= 400 ? String(status) : null } = facts;
    span.setAttributes(attributesOf(facts));
    if (failure !== null) fail(span, failure);
    span.end();
  }

  function endFailed(span: Span, error: unknown): void {
    const { kind, isOurs } = failureOf(error);
    if (isOurs) fail(span, kind);
    else span.setAttribute(ATTR_ERROR_TYPE, kind);
    span.end();
  }

  return {
    seen:
      (work, { name, isCall = false, facts, found }) =>
      (...args) => {
        const within = underWay(here);
        const span = recorder.startSpan(
          typeof name === 'string' ? name : name(...args),
          {
            kind: isCall ? SpanKind.CLIENT : SpanKind.INTERNAL,
            attributes: attributesOf(facts?.(...args) ?? {}),
          },
          within,
        );
        const ended = <T>(result: Awaited<T>): Awaited<T> => {
          end(span, found?.(result as never) ?? {}, isCall);
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
    here() {
      const within = underWay(here);
      return (work) => here.run(within, work);
    },
  };
}

export function fail(span: Span, kind: string): void {
  span.setAttribute(ATTR_ERROR_TYPE, kind);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
