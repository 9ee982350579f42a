import type { Delivery } from '../../domain/delivery.ts';
import { cancelsUpstream, pipelineIdOf } from '../../domain/delivery.ts';
import { messageOf } from '../../domain/error.ts';
import type { TriggerEvent } from '../../domain/trigger/event.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { pipelineOf } from '../../domain/trigger/trigger.ts';
import type { ApplyEvent } from '../engine/apply-event.ts';
import { triggersConcernedBy } from './triggers-concerned.ts';
import { eventFrom, isFromInstanceOf } from '../engine/apply-inbox.ts';
import { isStartedBy } from './is-start-of.ts';
import type { Clock, DeliveryStore, Log, TriggerStore } from '../ports/index.ts';

export type DeliveryResult = 'accepted' | 'duplicate' | 'ignored';

/**
 * Takes a delivery in: resolves when it is on disk. What it means is worked out afterwards, since GitLab waits for
 * our answer; if we crash before, the inbox still has it.
 * @throws AppError `storage_unavailable`: GitLab must not be told that we have it
 */
export type ReceiveDelivery = (delivery: Delivery) => Promise<DeliveryResult>;

/** Tells every trigger that a delivery concerns about it. Safe to repeat. */
export type ApplyDelivery = (delivery: Delivery) => Promise<void>;

interface ApplyDeps {
  readonly store: Pick<TriggerStore, 'findConcerned' | 'list'>;
  readonly applyEvent: ApplyEvent;
  readonly clock: Pick<Clock, 'now'>;
  /** Which of the triggers that a delivery concerns it is applied to; all unless given. */
  readonly isFor?: (trigger: Trigger, delivery: Delivery) => boolean;
}

/** Whether nothing was heard of the trigger's pipeline since: where another process stored the delivery and applied it. */
export const isUnapplied = ({ observedAt }: Trigger, { receivedAt }: Delivery): boolean =>
  observedAt < receivedAt;

interface Deps {
  readonly inbox: Pick<DeliveryStore, 'add'>;
  readonly applyDelivery: ApplyDelivery;
  readonly log: Log;
}

export function createApplyDelivery({
  store,
  applyEvent,
  clock,
  isFor = () => true,
}: ApplyDeps): ApplyDelivery {
  return async function applyDelivery(delivery) {
    const concerned = await triggersConcernedBy(store, delivery);
    for (const trigger of concerned.filter((each) => isFor(each, delivery)))
      for (const event of eventsFor(trigger, delivery, clock.now())) await applyEvent(trigger.id, event);
  };
}

export const createReceiveDelivery =
  ({ inbox, applyDelivery, log }: Deps): ReceiveDelivery =>
  async (delivery) => {
    const added = await inbox.add(delivery);
    if (added === 'duplicate') return 'duplicate';
    if (delivery.payload.kind === 'ignored') return 'ignored';
    if (delivery.payload.kind === 'unreadable')
      log.warn({ deliveryId: delivery.id, reason: delivery.payload.reason }, 'delivery not understood');
    applyDelivery(delivery).catch((error: unknown) => {
      // Not lost: the sweep reads the pipeline.
      log.error({ deliveryId: delivery.id, error: messageOf(error) }, 'delivery not applied');
    });
    return 'accepted';
  };

function eventsFor(trigger: Trigger, delivery: Delivery, now: number): readonly TriggerEvent[] {
  const { payload } = delivery;
  const known = { at: delivery.receivedAt, origin: { delivery: delivery.id } };
  if (!isFromInstanceOf(trigger, delivery)) return [];
  const { upstream } = trigger.request;
  if (upstream !== null && cancelsUpstream(payload, upstream))
    return [{ type: 'upstreamCanceled', ...known }];
  const seen = eventFrom(trigger, delivery, now);
  if (seen === null) return [];
  if (pipelineIdOf(payload) === null || pipelineOf(trigger)?.id === pipelineIdOf(payload)) return [seen];
  if (payload.kind !== 'pipeline' || !isStartedBy(trigger, delivery)) return [];
  return [{ type: 'pipelineStarted', ...known, pipeline: payload.pipeline }, seen];
}
