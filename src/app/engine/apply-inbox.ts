import type { Delivery } from '../../domain/delivery.ts';
import type { TriggerEvent } from '../../domain/trigger/event.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { pipelineOf } from '../../domain/trigger/trigger.ts';
import type { ApplyEvent } from './apply-event.ts';
import type { Clock, DeliveryStore, TriggerStore } from '../ports/index.ts';

/** Applies what the inbox holds about a trigger's pipeline: hooks that came before we knew it, or before a crash. */
export type ApplyInbox = (id: TriggerId) => Promise<void>;

interface Deps {
  readonly store: Pick<TriggerStore, 'find'>;
  readonly inbox: Pick<DeliveryStore, 'ofPipeline'>;
  readonly applyEvent: ApplyEvent;
  readonly clock: Pick<Clock, 'now'>;
}

export const createApplyInbox = ({ store, inbox, applyEvent, clock }: Deps): ApplyInbox =>
  async function applyInbox(id) {
    const stored = await store.find(id);
    const pipeline = stored === undefined ? null : pipelineOf(stored.trigger);
    if (stored === undefined || pipeline === null) return;
    const deliveries = await inbox.ofPipeline(pipeline.id);
    for (const delivery of deliveries) {
      const event = eventFrom(stored.trigger, delivery, clock.now());
      if (event !== null) await applyEvent(id, event);
    }
  };

/**
 * Whether a delivery comes from the trigger's GitLab: pipeline ids are unique in one instance only. Behind a proxy
 * GitLab may be reached by another address than the one it gives itself, which its links show.
 */
export function isFromInstanceOf(trigger: Trigger, { instance }: Delivery): boolean {
  if (instance === null || instance === trigger.request.gitlabUrl) return true;
  return pipelineOf(trigger)?.webUrl?.startsWith(`${instance}/`) === true;
}

/** What a delivery means to a trigger whose pipeline is known. */
export function eventFrom(trigger: Trigger, delivery: Delivery, now: number): TriggerEvent | null {
  const { id, payload, receivedAt } = delivery;
  // One that is kept may be from before the time of day was set back: nothing is known from the future.
  const at = Math.min(receivedAt, now);
  if (!isFromInstanceOf(trigger, delivery)) return null;
  const known = { at, origin: { delivery: id } };
  if (payload.kind === 'pipeline') return { type: 'pipelineSeen', ...known, pipeline: payload.pipeline };
  if (payload.kind === 'unreadable') return { type: 'pipelineMentioned', ...known };
  return payload.kind === 'job' ? { type: 'jobSeen', ...known, job: payload.job } : null;
}
