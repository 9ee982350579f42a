import type { Action } from '../../domain/trigger/event.ts';
import type { ApplyEvent } from './apply-event.ts';
import type { Performer } from './perform.ts';
import type { Clock } from '../ports/index.ts';
import { GitLabUnavailable, GitLabUnusable, isLasting } from '../ports/gitlab-unavailable.ts';

/** Reports and outputs have their own way to show it. */
type Performers = Readonly<
  Record<Exclude<Action['type'], 'playGate' | 'postStatus' | 'readOutputs'>, Performer>
>;

interface Deps {
  readonly applyEvent: ApplyEvent;
  readonly clock: Pick<Clock, 'now'>;
  /** Aborts when the service stops: a call that the stop aborts is no failure. */
  readonly signal: AbortSignal;
}

/** Wraps the performers: records in the trigger's reason why a call got no answer from GitLab. */
export function noteFailedCalls(performers: Performers, { applyEvent, clock, signal }: Deps): Performers {
  const noting = (perform: Performer): Performer =>
    async function performNoting(trigger, why) {
      try {
        await perform(trigger, why);
      } catch (error) {
        const isMet = error instanceof GitLabUnavailable || error instanceof GitLabUnusable;
        if (isMet && !signal.aborted) {
          const event = { reason: error.message, isLasting: isLasting(error) };
          await applyEvent(trigger.id, { type: 'callFailed', at: clock.now(), ...event });
        }
        throw error;
      }
    };
  const { start, confirm, readChildren, confirmUpstream, play, retry, retryJobs, cancel } = performers;
  return {
    start: noting(start),
    confirm: noting(confirm),
    readChildren: noting(readChildren),
    confirmUpstream: noting(confirmUpstream),
    play: noting(play),
    retry: noting(retry),
    retryJobs: noting(retryJobs),
    cancel: noting(cancel),
  };
}
