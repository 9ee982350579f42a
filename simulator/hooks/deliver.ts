import type { ChooseFault, FaultPlan, HookFault } from '../faults/fault-plan.ts';
import type { Site } from '../serializers/pipeline.ts';
import { countOutcome } from './hook.ts';
import type { Hook, HookEvent } from './hook.ts';
import { deliveryHeaders, eventName } from './headers.ts';
import type { Parcel } from './headers.ts';
import { post } from './post.ts';
import type { Posted } from './post.ts';
import { renderTemplate } from './render-template.ts';

/** One delivery, for tests that look at what was sent; `dropped` ones never were. */
export type LoggedDelivery = {
  /** `performance.now()` when it began. */
  readonly at: number;
  readonly hookId: number;
  readonly event: 'Pipeline Hook' | 'Job Hook' | 'Push Hook';
  readonly key: string;
  readonly body: string;
  readonly status: number | 'internal error' | 'dropped';
  readonly fault: HookFault['kind'] | null;
};

export type DeliveryParts = {
  readonly site: Site;
  readonly gitlabVersion: string;
  readonly timeoutMs: number;
  readonly faults: FaultPlan;
  readonly choose: ChooseFault;
  readonly record: (delivery: LoggedDelivery) => void;
  readonly log: (line: string) => void;
  /** Aborted when the simulator closes. */
  readonly closing: AbortSignal;
};

/** GitLab keeps a week; a simulator that runs for a week must not run out of memory. */
const keptEvents = 1000;

/** Sends a parcel to a hook once and keeps the outcome in the hook's log. Never rejects. */
export async function attempt(
  parts: DeliveryParts,
  hook: Hook,
  parcel: Parcel,
  fault: HookFault | undefined,
): Promise<HookEvent> {
  const { world, baseUrl } = parts.site;
  const { settings } = hook;
  const at = performance.now();
  const now = world.around.now();
  const headers = deliveryHeaders(parcel, settings, { baseUrl, gitlabVersion: parts.gitlabVersion, now });
  const rendered = renderTemplate(settings.custom_webhook_template, parcel.body);
  const body = fault?.kind === 'corrupt' ? rendered.slice(0, rendered.length / 2) : rendered;
  const verifiesTls = settings.enable_ssl_verification;
  const posted =
    fault?.kind === 'fail'
      ? unreachable
      : await post(new URL(settings.url), { headers, body, signal: signalOf(parts), verifiesTls });
  const event: HookEvent = {
    id: world.nextId('hookEvent'),
    trigger: parcel.kind,
    url: settings.url,
    requestHeaders: headers,
    body: parcel.body,
    responseStatus: posted.status,
    responseHeaders: posted.headers,
    responseBody: posted.body,
    durationMs: performance.now() - at,
    createdAt: now,
  };
  keepOutcome(parts, hook, event);
  const { status } = posted;
  const { kind, key } = parcel;
  parts.record({
    at,
    hookId: hook.id,
    event: eventName(kind),
    key,
    body,
    status,
    fault: fault?.kind ?? null,
  });
  return event;
}

const unreachable: Posted = { status: 'internal error', headers: {}, body: 'Failed to open TCP connection' };

const signalOf = ({ closing, timeoutMs }: DeliveryParts): AbortSignal =>
  AbortSignal.any([closing, AbortSignal.timeout(timeoutMs)]);

function keepOutcome({ site, log }: DeliveryParts, hook: Hook, event: HookEvent): void {
  hook.events.push(event);
  if (hook.events.length > keptEvents) hook.events.shift();
  const delivered = typeof event.responseStatus === 'number' && event.responseStatus < 400;
  if (site.world.scenario.autoDisableHooks) countOutcome(hook, delivered, site.world.around.now());
  log(`hook ${hook.id} ${event.trigger} ${event.responseStatus}`);
}
