import { AppError } from '../../domain/error.ts';
import type { ReadReason } from '../../domain/trigger/origin.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { ApplyEvent } from './apply-event.ts';
import type { Clock, Log } from '../ports/index.ts';

/**
 * Takes note that GitLab answered a look at a trigger's pipeline by saying no.
 * @throws whatever is no such answer
 */
export type ReadRefused = (id: TriggerId, error: unknown, why?: ReadReason) => Promise<void>;

interface Deps {
  readonly applyEvent: ApplyEvent;
  readonly clock: Clock;
  readonly log: Log;
}

export const createReadRefused = ({ applyEvent, clock, log }: Deps): ReadRefused =>
  async function readRefused(id, error, why = 'action') {
    if (!(error instanceof AppError)) throw error;
    const common = { at: clock.now(), origin: { why } };
    if (error.code === 'not_found') await applyEvent(id, { type: 'pipelineGone', ...common });
    else if (error.code === 'gitlab_refused')
      await applyEvent(id, { type: 'readRefused', ...common, reason: error.message });
    else throw error;
    log.warn({ triggerId: id, error: error.message }, 'GitLab does not show the pipeline');
  };
