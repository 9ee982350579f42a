import { withoutTrailingSlashes } from '../../domain/text.ts';
import { createHash, hash } from 'node:crypto';
import type { Delivery, HookCredential, UnreadablePayload } from '../../domain/delivery.ts';
import { AppError } from '../../domain/error.ts';
import type { DeliveryId } from '../../domain/ids.ts';
import { plainLine } from '../../domain/terminal-text.ts';
import { jsonOf } from './json-of.ts';
import { parsePayload } from './parse-payload.ts';
import { redactedJson } from './redact.ts';

type Header = (name: string) => string | undefined;

/**
 * Makes a delivery of a request of GitLab.
 * @throws AppError `invalid` when the body is not JSON
 */
export function readDelivery(
  header: Header,
  body: Buffer,
  receivedAt: number,
  credential: HookCredential = { kind: 'shared' },
): Delivery {
  const content = parse(body);
  const event = plainLine(header('x-gitlab-event') ?? '');
  const payload = content === undefined ? tooComplex : parsePayload(event, content);
  return {
    id: deliveryId(header, body),
    receivedAt,
    event,
    instance: instanceIn(lineOf(header('x-gitlab-instance'))),
    userAgent: lineOf(header('user-agent')),
    credential,
    payload,
    // A body that is not used is not stored: it may contain secrets.
    body: payload.kind === 'ignored' || content === undefined ? null : redactedJson(content),
  };
}

const tooComplex: UnreadablePayload = {
  kind: 'unreadable',
  reason: 'the body has too many items',
  pipelineId: null,
  projects: [],
};

const lineOf = (text: string | undefined): string | null => (text === undefined ? null : plainLine(text));

function parse(body: Buffer): unknown {
  try {
    return jsonOf(body);
  } catch {
    throw new AppError('invalid', 'the body is not JSON');
  }
}

/**
 * The same for every repetition of a delivery: from `webhook-id` (GitLab 19), `Idempotency-Key` (17.4), or the body.
 * `X-Gitlab-Event-UUID` is shared by different deliveries, `X-Gitlab-Webhook-UUID` differs between repetitions.
 * Source: GitLab app/services/web_hook_service.rb
 */
export function deliveryId(header: Header, body: Buffer | string): DeliveryId {
  const key = header('webhook-id') || header('idempotency-key');
  const digest = key
    ? hash('sha256', `key ${key}`)
    : createHash('sha256').update('body ').update(body).digest('hex');
  return `dlv_${digest.slice(0, 32)}` as DeliveryId;
}

const instanceIn = (url: string | null): string | null => (url === null ? null : withoutTrailingSlashes(url));
