import type { Context, Tracer as Recorder } from '@opentelemetry/api';
import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import {
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_URL_SCHEME,
} from '@opentelemetry/semantic-conventions';
import type { Request, RequestHandler, Response } from 'express';
import { matchedPath } from '../../http/middleware/matched-path.ts';
import { attributeOfResult, attributeOfTrigger } from './attributes.ts';
import type { ContextStorage } from './create-tracer.ts';
import { fail } from './create-tracer.ts';

/** Programs request these every few seconds; their traces would be noise. */
const probes = new Set(['/healthz', '/readyz', '/metrics']);

/**
 * A span for each request, from its head to the end of its answer, within the caller's trace if it has one.
 * It records only method and route of the request: paths, queries, headers and bodies are untrusted input.
 */
export const createRequestTracing = (recorder: Recorder, here: ContextStorage): RequestHandler =>
  function traceRequest(request, response, next) {
    if (probes.has(request.path)) {
      next();
      return;
    }
    const within = callersTrace(request);
    const { method, protocol } = request;
    const attributes = { [ATTR_HTTP_REQUEST_METHOD]: method, [ATTR_URL_SCHEME]: protocol };
    const span = recorder.startSpan(method, { kind: SpanKind.SERVER, attributes }, within);
    response.once('close', () => {
      const route = matchedPath(request);
      if (route !== null) span.updateName(`${method} ${route}`).setAttribute(ATTR_HTTP_ROUTE, route);
      const triggerId = triggerIn(request, response);
      if (triggerId !== null) span.setAttribute(attributeOfTrigger, triggerId);
      const result = resultOf(response);
      if (result !== null) span.setAttribute(attributeOfResult, result);
      if (response.headersSent) span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, response.statusCode);
      // A 503 with a result is no failure: it asks a waiting caller to continue waiting.
      if (response.statusCode >= 500 && result === null) fail(span, String(response.statusCode));
      span.end();
    });
    here.run(trace.setSpan(within, span), next);
  };

/** The second header, `tracestate`, is free text and is ignored. */
function callersTrace({ headers }: Request): Context {
  const { traceparent } = headers;
  const caller = typeof traceparent === 'string' ? parseTraceParent(traceparent) : null;
  return caller === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...caller, isRemote: true });
}

/** The trigger that the request names, or that it created. */
function triggerIn({ params }: Request, response: Response): string | null {
  const asked = /^trg_[\da-f]{32}$/.exec(String(params['id']))?.[0];
  const located = /(?:^|\/)(trg_[\da-f]{32})/.exec(String(response.getHeader('location')))?.[1];
  return asked ?? located ?? null;
}

function resultOf(response: Response): string | null {
  if (!response.writableFinished) return 'hung up';
  const outcome =
    response.getHeader('pipeline-trigger-outcome') ?? response.getHeader('pipeline-trigger-state');
  return outcome === undefined ? null : String(outcome);
}
