import type { Delivery } from '../../domain/delivery.ts';
import { cancelsUpstream, isInstanceAt, pipelineIdOf, projectIdOf } from '../../domain/delivery.ts';
import { childEventFrom } from '../../domain/child-hooks.ts';
import { withoutEnvironments } from '../../domain/trigger/environments.ts';
import type { TriggerEvent } from '../../domain/trigger/event.ts';
import type { TriggerId } from '../../domain/ids.ts';
import { hasOwnLinks, isOfOwnProject, mayBeOfOwnProject } from '../../domain/webhook-trust.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { pipelineOf } from '../../domain/trigger/trigger.ts';
import type { ApplyEvent } from './apply-event.ts';
import type { EvaluateHook } from './evaluate-hook.ts';
import type { Clock, DeliveryStore, TriggerStore } from '../ports/index.ts';
import type { RecallChildren } from './recall-children.ts';

/** Applies the stored deliveries of a trigger's pipeline: those from before it was known, or from before a crash. */
export type ApplyInbox = (id: TriggerId) => Promise<void>;

interface Deps {
  readonly store: Pick<TriggerStore, 'find'>;
  readonly inbox: Pick<DeliveryStore, 'ofPipeline'>;
  readonly recallChildren: RecallChildren;
  readonly applyEvent: ApplyEvent;
  readonly evaluateHook: EvaluateHook;
  readonly clock: Pick<Clock, 'now'>;
}

export const createApplyInbox = ({
  store,
  inbox,
  recallChildren,
  applyEvent,
  evaluateHook,
  clock,
}: Deps): ApplyInbox =>
  async function applyInbox(id) {
    const stored = await store.find(id);
    const pipeline = stored === undefined ? null : pipelineOf(stored.trigger);
    if (stored === undefined || pipeline === null) return;
    const deliveries = await inbox.ofPipeline(pipeline.id);
    for (const delivery of deliveries) {
      const event = await eventFrom(stored.trigger, delivery, { now: clock.now(), evaluateHook });
      if (event !== null) await applyEvent(id, event);
    }
    const applied = (await store.find(id))?.trigger;
    if (applied !== undefined) await recallChildren(null, applied);
  };

/** Whether the inbox has a report that a trigger's upstream was canceled, which a stop may have kept from being confirmed. */
export const createUpstreamCheck = ({ inbox }: Pick<Deps, 'inbox'>) =>
  async function reportsUpstreamCanceled(trigger: Trigger): Promise<boolean> {
    const { upstream, cancelWithUpstream } = trigger.request;
    if (upstream === null || !cancelWithUpstream || trigger.cancel !== null) return false;
    const deliveries = await inbox.ofPipeline(upstream.pipelineId);
    return deliveries.some(
      (delivery) => isFromInstanceOf(trigger, delivery) && cancelsUpstream(delivery.payload, upstream),
    );
  };

/**
 * Whether a delivery comes from the trigger's GitLab: pipeline ids are unique in one instance only. Behind a proxy
 * GitLab may name itself by another address than that of its API, as its links show.
 */
export function isFromInstanceOf(trigger: Trigger, { instance }: Delivery): boolean {
  if (instance === null || isInstanceAt(trigger.request.gitlabUrl, instance)) return true;
  return pipelineOf(trigger)?.webUrl?.startsWith(`${instance}/`) === true;
}

/** The event for a trigger whose pipeline a delivery is about; null for none, as when it is of another project. */
export async function eventFrom(
  trigger: Trigger,
  delivery: Delivery,
  { now, evaluateHook }: { readonly now: number; readonly evaluateHook: EvaluateHook },
): Promise<TriggerEvent | null> {
  const { id, payload, receivedAt } = delivery;
  // A stored delivery may be from before the time of day was set back: its time must not be in the future.
  const at = Math.min(receivedAt, now);
  if (!isFromInstanceOf(trigger, delivery)) return null;
  const known = { at, origin: { delivery: id } };
  const pipelineId = pipelineIdOf(payload);
  if (pipelineId !== null && pipelineOf(trigger)?.id !== pipelineId) {
    const event = childEventFrom(trigger, payload);
    if (event?.type !== 'childSeen') return event === null ? null : { ...event, ...known };
    const { isProof, provesEnvironments } = await evaluateHook(trigger, delivery);
    const seen = provesEnvironments ? event.pipeline : withoutEnvironments(event.pipeline);
    return { ...event, ...known, pipeline: seen, isProof };
  }
  if (payload.kind === 'ignored') return null;
  if (payload.kind === 'unreadable')
    return mayBeOfOwnProject(trigger, payload.projects) ? { type: 'pipelineMentioned', ...known } : null;
  // Without a project it shows only that something has happened.
  if (payload.kind === 'pipeline' && projectIdOf(payload) === null)
    return mayBeOfOwnProject(trigger, payload.projectPath === null ? [] : [payload.projectPath])
      ? { type: 'pipelineMentioned', ...known }
      : null;
  if (!isOfOwnProject(trigger, payload)) return null;
  // A link to another host was not written by GitLab: the payload is treated as unreadable.
  if (!hasOwnLinks(trigger, payload)) return { type: 'pipelineMentioned', ...known };
  const { isProof, provesEnvironments } = await evaluateHook(trigger, delivery);
  if (payload.kind === 'job') return { type: 'jobSeen', ...known, job: payload.job, isProof };
  const pipeline = provesEnvironments ? payload.pipeline : withoutEnvironments(payload.pipeline);
  return { type: 'pipelineSeen', ...known, pipeline, isProof };
}
