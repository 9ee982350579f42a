import type { Delivery } from '../../domain/delivery.ts';
import { cancelsUpstream, pipelineIdOf } from '../../domain/delivery.ts';
import { messageOf } from '../../domain/error.ts';
import { mayOpenGate } from '../../domain/trigger/upstream-reports.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { AdoptPipeline } from './adopt-pipeline.ts';
import type { ApplyEvent, Perform } from '../engine/apply-event.ts';
import { eventFrom, isFromInstanceOf } from '../engine/apply-inbox.ts';
import type { EvaluateHook } from '../engine/evaluate-hook.ts';
import { isStartedBy } from './adopt-pipeline.ts';
import type { Clock, DeliveryStore, Log, TriggerStore } from '../ports/index.ts';

export type DeliveryResult = 'accepted' | 'duplicate' | 'ignored';

/**
 * Receives a delivery: resolves when it is on disk. It is applied afterwards, since GitLab waits for the answer; after a
 * crash the inbox still has it.
 * @throws AppError `storage_unavailable`: the service must not acknowledge the delivery to GitLab
 */
export type ReceiveDelivery = (delivery: Delivery) => Promise<DeliveryResult>;

/** Applies a delivery to every trigger that it concerns. Safe to repeat. */
export type ApplyDelivery = (delivery: Delivery) => Promise<void>;

interface ApplyDeps {
  readonly store: Pick<TriggerStore, 'findConcerned' | 'list'>;
  readonly applyEvent: ApplyEvent;
  readonly evaluateHook: EvaluateHook;
  readonly adoptPipeline: AdoptPipeline;
  readonly perform: Perform;
  readonly clock: Pick<Clock, 'now'>;
  /** Selects among the triggers that the delivery concerns; all unless given. */
  readonly isFor?: (trigger: Trigger, delivery: Delivery) => boolean;
}

/** Whether the trigger has had no update since: then the process that stored the delivery has not applied it. */
export const isUnapplied = ({ observedAt }: Trigger, { receivedAt }: Delivery): boolean =>
  observedAt < receivedAt;

interface Deps {
  readonly inbox: Pick<DeliveryStore, 'add'>;
  readonly applyDelivery: ApplyDelivery;
  readonly log: Log;
}

export function createApplyDelivery(deps: ApplyDeps): ApplyDelivery {
  const { store, applyEvent, evaluateHook, adoptPipeline, perform, clock, isFor = () => true } = deps;

  async function applyToPipeline(trigger: Trigger, delivery: Delivery): Promise<void> {
    const event = await eventFrom(trigger, delivery, { now: clock.now(), evaluateHook });
    if (event !== null) await applyEvent(trigger.id, event);
  }

  return async function applyDelivery(delivery) {
    const concerned = (await triggersConcernedBy(store, delivery)).filter(
      (trigger) => isFromInstanceOf(trigger, delivery) && isFor(trigger, delivery),
    );
    for (const trigger of concerned) {
      if (cancelsUpstreamOf(trigger, delivery))
        perform(trigger.id, [{ type: 'confirmUpstream', why: 'hook' }]);
      else await applyToPipeline(trigger, delivery);
      if (mayOpenGate(trigger, delivery.payload)) perform(trigger.id, [{ type: 'playGate', why: 'hook' }]);
    }
    const started = concerned.filter((trigger) => isStartedBy(trigger, delivery));
    await Promise.all(started.map(({ id }) => adoptPipeline(id, delivery)));
  };
}

const cancelsUpstreamOf = ({ request: { upstream } }: Trigger, { payload }: Delivery): boolean =>
  upstream !== null && cancelsUpstream(payload, upstream);

export const createReceiveDelivery = ({ inbox, applyDelivery, log }: Deps): ReceiveDelivery =>
  async function receiveDelivery(delivery) {
    const added = await inbox.add(delivery);
    if (added === 'duplicate') return 'duplicate';
    if (delivery.payload.kind === 'ignored') return 'ignored';
    if (delivery.payload.kind === 'unreadable')
      log.warn({ deliveryId: delivery.id, reason: delivery.payload.reason }, 'delivery not understood');
    applyDelivery(delivery).catch((error: unknown) => {
      // Nothing is lost: the sweep reads the pipeline.
      log.error({ deliveryId: delivery.id, error: messageOf(error) }, 'delivery not applied');
    });
    return 'accepted';
  };

/** A webhook that names only its project concerns all its triggers: at most so many of them are polled. */
const mostOfProject = 50;
/** A trigger updated within this time is not polled: a project can send many such webhooks. */
const recentMs = 5_000;

/** The open triggers that a delivery may be about. */
async function triggersConcernedBy(
  store: Pick<TriggerStore, 'findConcerned' | 'list'>,
  { payload, receivedAt }: Delivery,
): Promise<readonly Trigger[]> {
  const pipelineId = pipelineIdOf(payload);
  if (pipelineId !== null)
    return payload.kind === 'pipeline'
      ? store.findConcerned(pipelineId, payload.triggerId, payload.upstream?.pipelineId ?? null)
      : store.findConcerned(pipelineId, null);
  if (payload.kind !== 'unreadable') return [];
  const pages = await Promise.all(payload.projects.map((project) => store.list(pendingOf(project))));
  return pages.flatMap(({ items }) => items).filter(({ observedAt }) => receivedAt - observedAt >= recentMs);
}

const pendingOf = (project: string) =>
  ({ state: 'pending', caller: null, project, ref: null, limit: mostOfProject, cursor: null }) as const;
