import { AppError, messageOf } from '../../domain/error.ts';
import type { PipelineId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { isRunning, pipelineOf, projectOf } from '../../domain/trigger/trigger.ts';
import type { AccessFor } from './gitlab-access.ts';
import type { ApplyEvent } from './apply-event.ts';
import type { Performer } from './perform.ts';
import type { Clock, Log, TriggerStore } from '../ports/index.ts';
import { isLasting, isRefusal } from '../ports/gitlab-unavailable.ts';

interface Deps {
  readonly store: Pick<TriggerStore, 'findConcerned'>;
  readonly accessFor: AccessFor;
  readonly applyEvent: ApplyEvent;
  readonly clock: Clock;
  readonly log: Log;
}

/** How many other triggers wait for a pipeline and have not canceled it. */
async function othersOf(
  { id, request }: Trigger,
  pipelineId: PipelineId,
  store: Deps['store'],
): Promise<number> {
  const sharing = await store.findConcerned(pipelineId, null);
  return sharing.filter(
    (other) =>
      other.id !== id &&
      isRunning(other) &&
      other.state.pipeline.id === pipelineId &&
      other.request.gitlabUrl === request.gitlabUrl &&
      other.cancel === null,
  ).length;
}

/**
 * Cancels a trigger's pipeline with its child pipelines, unless other triggers wait for it: then the last one to be
 * canceled cancels it. After a refusal the trigger waits for the pipeline's end.
 */
export const createCancelPipeline = ({ store, accessFor, applyEvent, clock, log }: Deps): Performer =>
  async function cancelPipeline(trigger) {
    const pipeline = pipelineOf(trigger);
    if (pipeline === null || trigger.cancel?.progress !== 'wanted') return;
    const others = await othersOf(trigger, pipeline.id, store);
    if (others > 0) {
      await applyEvent(trigger.id, { type: 'cancelWithheld', at: clock.now(), others });
      return;
    }
    try {
      const { gitlab, mayRead } = await accessFor(trigger);
      if (!mayRead) throw new AppError('gitlab_refused', 'there is no GitLab token to cancel the pipeline');
      await gitlab.cancelPipeline(projectOf(trigger, pipeline), pipeline.id);
    } catch (error) {
      // A wrong setting may be fixed later, but that is not awaited once no trigger waits for the pipeline.
      if (!isRefusal(error) || (isLasting(error) && isRunning(trigger))) throw error;
      log.warn({ triggerId: trigger.id, error: messageOf(error) }, 'GitLab refused to cancel the pipeline');
    }
    await applyEvent(trigger.id, { type: 'cancelDone', at: clock.now() });
  };
