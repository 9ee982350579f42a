import type { PipelineSnapshot, TriggerEvent } from '../../domain/trigger/event.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { Clock } from '../ports/index.ts';
import type { ApplyEvent } from './apply-event.ts';
import type { ApplyInbox } from './apply-inbox.ts';

type Started = Extract<TriggerEvent, { readonly type: 'pipelineStarted' }>;

/** Gives a trigger the pipeline that was created or found for it, and applies what the inbox holds about that pipeline. */
export type TakeUpPipeline = (
  id: TriggerId,
  pipeline: PipelineSnapshot,
  how?: Pick<Started, 'carriesNoId' | 'origin'>,
) => Promise<void>;

interface Deps {
  readonly applyEvent: ApplyEvent;
  readonly applyInbox: ApplyInbox;
  readonly clock: Pick<Clock, 'now'>;
}

export const createTakeUpPipeline = ({ applyEvent, applyInbox, clock }: Deps): TakeUpPipeline =>
  async function takeUpPipeline(id, pipeline, how = {}) {
    await applyEvent(id, { type: 'pipelineStarted', at: clock.now(), pipeline, ...how });
    await applyInbox(id);
  };
