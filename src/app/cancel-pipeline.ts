import { AppError, messageOf } from '../domain/error.ts';
import { pipelineOf, projectOf } from '../domain/trigger.ts';
import type { AccessFor } from './access.ts';
import type { ApplyEvent } from './apply-event.ts';
import type { Performer } from './perform.ts';
import type { Clock, Log } from './ports.ts';

interface Deps {
  readonly accessFor: AccessFor;
  readonly applyEvent: ApplyEvent;
  readonly clock: Clock;
  readonly log: Log;
}

/** Cancels a trigger's pipeline with its child pipelines. A refusal leaves the trigger waiting for the pipeline's end. */
export const cancelPipelineWith =
  ({ accessFor, applyEvent, clock, log }: Deps): Performer =>
  async (trigger) => {
    const pipeline = pipelineOf(trigger);
    if (pipeline === null || trigger.cancel?.progress !== 'wanted') return;
    try {
      const { gitlab, mayRead } = await accessFor(trigger);
      if (!mayRead) throw new AppError('gitlab_refused', 'there is no GitLab token to cancel the pipeline');
      await gitlab.cancelPipeline(projectOf(trigger, pipeline), pipeline.id);
    } catch (error) {
      if (!(error instanceof AppError && (error.code === 'gitlab_refused' || error.code === 'not_found')))
        throw error;
      log.warn({ triggerId: trigger.id, error: messageOf(error) }, 'GitLab refused to cancel the pipeline');
    }
    await applyEvent(trigger.id, { type: 'cancelDone', at: clock.now() });
  };
