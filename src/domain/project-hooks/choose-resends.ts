import type { Payload } from '../delivery.ts';
import { pipelineIdOf } from '../delivery.ts';
import type { DeliveryId, PipelineId } from '../ids.ts';
import type { FailedDelivery } from './project-hook.ts';

/** The deliveries that did not arrive, by their use; each list newest first. */
export interface Resends {
  /** A pending trigger waits for the pipeline. */
  readonly needed: readonly FailedDelivery[];
  /** No pending trigger waits for the pipeline. */
  readonly spare: readonly FailedDelivery[];
}

/** The object that a webhook is about: of several webhooks of a pipeline, or of a job, only the newest shows its state. */
function subjectOf(payload: Payload): string | null {
  const pipelineId = pipelineIdOf(payload);
  if (pipelineId === null) return null;
  return payload.kind === 'job' ? `${pipelineId} job ${payload.job.id}` : `${pipelineId}`;
}

/**
 * Chooses the failed deliveries to be sent again: the newest of each pipeline and each job, unless it has arrived since.
 * @param arrived the deliveries that are in the inbox after all
 * @param awaited the pipelines that pending triggers wait for
 */
export function chooseResends(
  failures: readonly FailedDelivery[],
  arrived: ReadonlySet<DeliveryId>,
  awaited: ReadonlySet<PipelineId>,
): Resends {
  const newest = new Map<string, FailedDelivery>();
  for (const failure of failures.toSorted((one, other) => other.id - one.id)) {
    const subject = subjectOf(failure.payload);
    if (subject !== null && !newest.has(subject)) newest.set(subject, failure);
  }
  const missing = [...newest.values()].filter(({ delivery }) => !arrived.has(delivery));
  const isAwaited = ({ payload }: FailedDelivery): boolean => {
    const pipelineId = pipelineIdOf(payload);
    return pipelineId !== null && awaited.has(pipelineId);
  };
  return {
    needed: missing.filter(isAwaited),
    spare: missing.filter((failure) => !isAwaited(failure)),
  };
}
