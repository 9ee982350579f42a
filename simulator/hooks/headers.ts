import { randomUUID } from 'node:crypto';
import type { HookSettings } from '../scenario.ts';
import { sign } from './sign.ts';

/** `push_events` are only ever sent by a test. */
export type EventKind = 'pipeline_events' | 'job_events' | 'push_events';

/** What is to be delivered. The same object is delivered again by a resend. */
export type Parcel = {
  readonly kind: EventKind;
  /** Stays the same over resends; goes out as `Idempotency-Key` and `webhook-id`. */
  readonly key: string;
  readonly eventUuid: string;
  readonly body: string;
};

const eventNames = {
  pipeline_events: 'Pipeline Hook',
  job_events: 'Job Hook',
  push_events: 'Push Hook',
} as const;

/** The `X-Gitlab-Event` of a kind of hook. */
export function eventName(kind: EventKind): (typeof eventNames)[EventKind] {
  return eventNames[kind];
}

/** The headers of one attempt. Source: GitLab app/services/web_hook_service.rb, webhooks documentation 19.x */
export function deliveryHeaders(
  parcel: Parcel,
  settings: HookSettings,
  { baseUrl, gitlabVersion, now }: { baseUrl: string; gitlabVersion: string; now: number },
): Record<string, string> {
  const url = new URL(settings.url);
  return {
    ...Object.fromEntries(settings.custom_headers.map(({ key, value }) => [key, value])),
    'Content-Type': 'application/json',
    'User-Agent': `GitLab/${gitlabVersion}`,
    'X-Gitlab-Event': eventName(parcel.kind),
    // Without the relative URL root.
    'X-Gitlab-Instance': new URL(baseUrl).origin,
    'X-Gitlab-Webhook-UUID': randomUUID(),
    'X-Gitlab-Event-UUID': parcel.eventUuid,
    'Idempotency-Key': parcel.key,
    ...standardHeaders(parcel, settings, gitlabVersion, now),
    ...(settings.token === null ? {} : { 'X-Gitlab-Token': settings.token.replace(/[\r\n]/g, '') }),
    ...(url.username === '' ? {} : { Authorization: basic(url) }),
  };
}

/** Standard Webhooks came with GitLab 19. */
function standardHeaders(
  { key, body }: Parcel,
  { signing_token }: HookSettings,
  gitlabVersion: string,
  now: number,
): Record<string, string> {
  if (Number.parseInt(gitlabVersion, 10) < 19) return {};
  const timestamp = String(Math.floor(now / 1000));
  return {
    'webhook-id': key,
    'webhook-timestamp': timestamp,
    ...(signing_token === null ? {} : { 'webhook-signature': sign(signing_token, key, timestamp, body) }),
  };
}

function basic({ username, password }: URL): string {
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}
