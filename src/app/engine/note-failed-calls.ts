import type { Action } from '../../domain/trigger/event.ts';
import type { ApplyEvent } from './apply-event.ts';
import type { Performer } from './perform.ts';
import type { Clock } from '../ports/index.ts';
import { GitLabUnavailable, GitLabUnusable, isLasting } from '../ports/gitlab-unavailable.ts';

type Performers = Readonly<Record<Action['type'], Performer>>;

interface Deps {
  readonly applyEvent: ApplyEvent;
  readonly clock: Pick<Clock, 'now'>;
  /** Aborts when the service stops: what it cuts off itself is no failure. */
  readonly signal: AbortSignal;
}

/** The performers, with what keeps them from an answer of GitLab in the trigger's reason, whatever they do. */
export function noteFailedCalls(performers: Performers, { applyEvent, clock, signal }: Deps): Performers {
  const noting =
    (perform: Performer): Performer =>
    async (trigger, why) => {
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
  const { start, confirm, confirmUpstream, play, retry, cancel } = performers;
  return {
    start: noting(start),
    confirm: noting(confirm),
    confirmUpstream: noting(confirmUpstream),
    play: noting(play),
    retry: noting(retry),
    cancel: noting(cancel),
  };
}
