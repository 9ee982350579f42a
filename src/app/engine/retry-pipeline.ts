import { AppError } from '../../domain/error.ts';
import { isRunning, projectOf } from '../../domain/trigger/trigger.ts';
import type { AccessFor } from './gitlab-access.ts';
import type { ApplyEvent } from './apply-event.ts';
import type { Performer } from './perform.ts';
import type { Clock } from '../ports/index.ts';
import { isLasting, isRefusal } from '../ports/gitlab-unavailable.ts';

interface Deps {
  readonly accessFor: AccessFor;
  readonly applyEvent: ApplyEvent;
  readonly clock: Clock;
}

/** Requests a retry of the failed jobs. Safe to repeat: jobs that run again already are not affected. */
export const createRetryPipeline = ({ accessFor, applyEvent, clock }: Deps): Performer =>
  async function retryPipeline(trigger) {
    if (!isRunning(trigger) || trigger.retry?.progress !== 'wanted') return;
    const { pipeline } = trigger.state;
    if (trigger.cancel !== null) {
      await applyEvent(trigger.id, { type: 'retryAbandoned', at: clock.now() });
      return;
    }
    try {
      const { gitlab, mayRead } = await accessFor(trigger);
      if (!mayRead) throw new AppError('gitlab_refused', 'there is no GitLab token to retry the pipeline');
      await gitlab.retryPipeline(projectOf(trigger, pipeline), pipeline.id);
      await applyEvent(trigger.id, { type: 'retryDone', at: clock.now() });
    } catch (error) {
      // A wrong setting may be fixed: until then GitLab has refused nothing.
      if (!isRefusal(error) || isLasting(error)) throw error;
      await applyEvent(trigger.id, { type: 'retryRefused', at: clock.now(), reason: error.message });
    }
  };
