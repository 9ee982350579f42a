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

/** Has GitLab run again what failed. Safe to repeat: what already runs again is not touched. */
export const createRetryPipeline =
  ({ accessFor, applyEvent, clock }: Deps): Performer =>
  async (trigger) => {
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
      // A way to GitLab that is wrong may be set right: until then nothing was refused.
      if (!isRefusal(error) || isLasting(error)) throw error;
      await applyEvent(trigger.id, { type: 'retryRefused', at: clock.now(), reason: error.message });
    }
  };
