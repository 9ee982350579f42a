import type { Delivery } from '../../domain/delivery.ts';
import type { PipelineSnapshot } from '../../domain/trigger/event.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { hasOwnLinks, provesByContent } from '../../domain/webhook-trust.ts';
import { isStartedBy } from './is-start-of.ts';
import { isRefusal } from '../ports/gitlab-unavailable.ts';
import type { Clock, TriggerStore } from '../ports/index.ts';
import type { ApplyEvent } from '../engine/apply-event.ts';
import type { ApplyInbox } from '../engine/apply-inbox.ts';
import type { AccessFor } from '../engine/gitlab-access.ts';

/** GitLab's first hook often overtakes its answer, which is about to come then and costs nothing. */
const answerMs = 2_000;

/**
 * Takes up the pipeline that a hook says a trigger has started. The hook is no more than a reason to read it, through the
 * project of the request: the id of a trigger is in every pipeline that it started, for all to see.
 * @throws AppError `gitlab_unavailable`, `storage_unavailable`: the start looks for the pipeline as well
 */
export type AdoptPipeline = (id: TriggerId, delivery: Delivery) => Promise<void>;

interface Deps {
  readonly store: Pick<TriggerStore, 'find'>;
  readonly accessFor: AccessFor;
  readonly applyEvent: ApplyEvent;
  readonly applyInbox: ApplyInbox;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export function createAdoptPipeline({
  store,
  accessFor,
  applyEvent,
  applyInbox,
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
    const origin = { delivery: delivery.id };
    await applyEvent(id, { type: 'pipelineStarted', at: clock.now(), origin, pipeline });
    await applyInbox(id);
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

/** The pipeline as a hook shows it, where nobody may read it; its project is the one that was asked for. */
function provenStart(trigger: Trigger, delivery: Delivery): PipelineSnapshot | null {
  const { payload } = delivery;
  if (payload.kind !== 'pipeline' || !provesByContent(trigger, delivery) || !hasOwnLinks(trigger, payload))
    return null;
  return { ...payload.pipeline, projectId: 0 };
}
