import type { Payload } from '../delivery.ts';
import { pipelineIdOf } from '../delivery.ts';
import type { DeliveryId, PipelineId } from '../ids.ts';
import type { FailedDelivery } from './project-hook.ts';

/** What did not arrive, sorted by what it is good for; each list newest first. */
export interface Resends {
  /** A pending trigger waits for the pipeline. */
  readonly needed: readonly FailedDelivery[];
  /** Nobody waits for the pipeline. */
  readonly spare: readonly FailedDelivery[];
}

/** What one piece of news replaces: of a pipeline's hooks, and of a job's, only the newest says where it stands. */
function subjectOf(news: Payload): string | null {
  const pipelineId = pipelineIdOf(news);
  if (pipelineId === null) return null;
  return news.kind === 'job' ? `${pipelineId} job ${news.job.id}` : `${pipelineId}`;
}

/**
 * Which failed deliveries are worth to be sent again: of each pipeline and each job the newest, unless it arrived by now.
 * @param arrived the deliveries that our inbox has after all
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
