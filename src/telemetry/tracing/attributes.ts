import type { Attributes } from '@opentelemetry/api';
import {
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  ATTR_URL_FULL,
} from '@opentelemetry/semantic-conventions';
import type { SpanAttributes } from '../../app/ports/tracer.ts';
import type { ErrorCode } from '../../domain/error.ts';
import { AppError } from '../../domain/error.ts';
import { networkErrorCode } from '../../domain/http.ts';

/** OpenTelemetry's name for each attribute; attributes without one have a name of ours. */
const nameOf = {
  triggerId: 'pipeline_trigger.trigger.id',
  deliveryId: 'pipeline_trigger.delivery.id',
  callbackId: 'pipeline_trigger.callback.id',
  event: 'pipeline_trigger.event',
  result: 'pipeline_trigger.result',
  why: 'pipeline_trigger.why',
  count: 'pipeline_trigger.count',
  method: ATTR_HTTP_REQUEST_METHOD,
  // Not among the stable names yet.
  route: 'url.template',
  url: ATTR_URL_FULL,
  status: ATTR_HTTP_RESPONSE_STATUS_CODE,
  failure: ATTR_ERROR_TYPE,
} as const satisfies Record<Exclude<keyof SpanAttributes, 'server'>, string>;

/** The attributes of a span. A URL also gives the server's address. */
export function attributesOf({ server, ...facts }: SpanAttributes): Attributes {
  const attributes: Attributes = {};
  for (const [fact, value] of Object.entries(facts)) attributes[nameOf[fact as keyof typeof nameOf]] = value;
  const target = server ?? facts.url;
  if (target !== undefined) {
    const { hostname, port, protocol } = new URL(target);
    attributes[ATTR_SERVER_ADDRESS] = hostname;
    attributes[ATTR_SERVER_PORT] = Number(port || (protocol === 'https:' ? 443 : 80));
  }
  return attributes;
}

export const attributeOfTrigger = nameOf.triggerId;
export const attributeOfResult = nameOf.result;

/** Errors that are proper answers to a caller's mistake: the service has not failed. */
const answers = new Set<ErrorCode>([
  'invalid',
  'unauthorized',
  'forbidden',
  'not_found',
  'pruned',
  'key_reused',
  'unsupported_media_type',
  'too_large',
  'too_many_requests',
]);

/** The kind of an error, in one word that quotes nothing of it, and whether it counts as a failure. */
export function errorType(error: unknown): { readonly kind: string; readonly isOurs: boolean } {
  if (error instanceof AppError) return { kind: error.code, isOurs: !answers.has(error.code) };
  if (!(error instanceof Error)) return { kind: 'unknown', isOurs: true };
  return { kind: networkErrorCode(error) ?? error.name, isOurs: true };
}
