import type { Delivery, Payload } from '../../domain/delivery.ts';
import { isNamed } from '../../domain/delivery.ts';
import { isSameRef } from '../../domain/trigger/ref.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { inDoubtOf } from '../../domain/trigger/trigger.ts';

type PipelinePayload = Extract<Payload, { readonly kind: 'pipeline' }>;

/**
 * Whether a hook says that it is of the pipeline that a trigger waits for, having overtaken the answer to our request or
 * outlived it: the pipeline carries our id, in the project and of the ref that we asked for. A reason to read it.
 */
export function isStartedBy(trigger: Trigger, { payload }: Delivery): boolean {
  const { id, request, state } = trigger;
  const isAwaited = state.kind === 'requested' || inDoubtOf(trigger) !== null;
  if (!isAwaited || payload.kind !== 'pipeline' || payload.triggerId !== id) return false;
  const isOfRef = payload.ref === null || isSameRef(payload.ref, request.ref);
  return isNamed(request.project, payload) && isOfRef && isOfRequest(trigger, payload);
}

/**
 * Whether our request has started it, and not a pipeline that was handed our variable on. One that was made with a
 * CI_JOB_TOKEN has the same source as one that a bridge job made: only what the trigger's upstream is tells them apart,
 * as a pipeline that ours has started in turn has ours before it.
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
