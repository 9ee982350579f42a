import type { Delivery, Payload } from '../../domain/delivery.ts';
import type { PipelineSnapshot } from '../../domain/trigger/event.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { messageOf } from '../../domain/error.ts';
import { hasOwnLinks, provesByContent } from '../../domain/webhook-trust.ts';
import { isRefusal } from '../ports/gitlab-unavailable.ts';
import type { Clock, Log, TriggerStore } from '../ports/index.ts';
import type { AccessFor } from '../engine/gitlab-access.ts';
import type { TakeUpPipeline } from '../engine/take-up-pipeline.ts';
import { isNamed } from '../../domain/delivery.ts';
import { isSameRef } from '../../domain/trigger/ref.ts';
import { inDoubtOf } from '../../domain/trigger/trigger.ts';

/** GitLab's first webhook often overtakes its answer: the answer is awaited for so long, since it costs no read. */
const answerMs = 2_000;

/**
 * Adopts the pipeline that a webhook says a trigger has started. The webhook is only a reason to read the pipeline,
 * through the project of the request: everyone who sees a pipeline sees the trigger's id in it.
 * @throws AppError `gitlab_unavailable`, `storage_unavailable`: the start looks for the pipeline as well
 */
export type AdoptPipeline = (id: TriggerId, delivery: Delivery) => Promise<void>;

interface Deps {
  readonly store: Pick<TriggerStore, 'find'>;
  readonly accessFor: AccessFor;
  readonly takeUpPipeline: TakeUpPipeline;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export function createAdoptPipeline({
  store,
  accessFor,
  takeUpPipeline,
  clock,
  signal,
}: Deps): AdoptPipeline {
  const underWay = new Set<string>();

  async function findPipeline(trigger: Trigger, { payload, ...delivery }: Delivery) {
    if (payload.kind !== 'pipeline') return null;
    const { gitlab, mayRead } = await accessFor(trigger);
    if (!mayRead) return provenStart(trigger, { payload, ...delivery });
    const { id, request } = trigger;
    const { ref, project } = request;
    return gitlab
      .findStarted(project, payload.pipeline.id, { ref, source: payload.source, id })
      .catch((error: unknown) => {
        if (!isRefusal(error)) throw error;
        return null;
      });
  }

  async function adopt(id: TriggerId, delivery: Delivery): Promise<void> {
    await clock.sleep(answerMs, signal);
    const trigger = signal.aborted ? undefined : (await store.find(id))?.trigger;
    if (trigger === undefined || !isStartedBy(trigger, delivery)) return;
    const pipeline = await findPipeline(trigger, delivery);
    if (pipeline === null) return;
    await takeUpPipeline(id, pipeline, { origin: { delivery: delivery.id } });
  }

  return async function adoptPipeline(id, delivery) {
    const { payload } = delivery;
    const key = `${id} ${payload.kind === 'pipeline' ? payload.pipeline.id : ''}`;
    if (underWay.has(key)) return;
    underWay.add(key);
    try {
      await adopt(id, delivery);
    } finally {
      underWay.delete(key);
    }
  };
}

/** The same, without waiting for the answer or for GitLab: there are more deliveries to apply. */
export const createBackgroundAdoption = (
  adoptPipeline: AdoptPipeline,
  log: Pick<Log, 'error'>,
): AdoptPipeline =>
  function adoptInBackground(id, delivery) {
    adoptPipeline(id, delivery).catch((error: unknown) => {
      // Not lost: the start looks for the pipeline as well.
      log.error({ triggerId: id, deliveryId: delivery.id, error: messageOf(error) }, 'delivery not applied');
    });
    return Promise.resolve();
  };

/** The pipeline as a webhook shows it, where no token may read it; its project is the requested one. */
function provenStart(trigger: Trigger, delivery: Delivery): PipelineSnapshot | null {
  const { payload } = delivery;
  if (payload.kind !== 'pipeline' || !provesByContent(trigger, delivery) || !hasOwnLinks(trigger, payload))
    return null;
  return { ...payload.pipeline, projectId: 0 };
}

type PipelinePayload = Extract<Payload, { readonly kind: 'pipeline' }>;

/**
 * Whether a webhook may be of the pipeline that a trigger waits for, because it overtook the answer to the request, or
 * the answer was lost: the pipeline carries our id, and is of the requested project and ref. A reason to read it.
 */
export function isStartedBy(trigger: Trigger, { payload }: Delivery): boolean {
  const { id, request, state } = trigger;
  const isAwaited = state.kind === 'requested' || inDoubtOf(trigger) !== null;
  if (!isAwaited || payload.kind !== 'pipeline' || payload.triggerId !== id) return false;
  const isOfRef = payload.ref === null || isSameRef(payload.ref, request.ref);
  return isNamed(request.project, payload) && isOfRef && isOfRequest(trigger, payload);
}

/**
 * Whether our request has started the pipeline, and not a pipeline that passed our variable on. A pipeline created with
 * a CI_JOB_TOKEN has the same source as one created by a bridge job: only the trigger's upstream distinguishes them,
 * since the upstream of a pipeline that ours has started is ours.
 */
function isOfRequest(
  { request: { upstream } }: Trigger,
  { source, upstream: startedBy }: PipelinePayload,
): boolean {
  if (source === 'trigger' || source === 'api') return true;
  if (source !== 'pipeline' || upstream === null || startedBy?.pipelineId !== upstream.pipelineId)
    return false;
  return upstream.jobId === null || startedBy.jobId === null || startedBy.jobId === upstream.jobId;
}
