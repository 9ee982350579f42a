import type { TriggerEvent } from '../../domain/trigger/event.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { isFinished, pipelineOf } from '../../domain/trigger/trigger.ts';
import type { Log } from '../ports/index.ts';

/** Receives each stored change of a trigger, with the last event that led to it. */
export type Progressed = (before: Trigger, next: Trigger, event: TriggerEvent) => void;

/** Logs when a trigger has its pipeline, and when it finishes: with the webhook that reported it, if one did. */
export const logProgress = (log: Pick<Log, 'info'>): Progressed =>
  function logChange(before, next, { origin }) {
    const deliveryId = origin?.delivery;
    const fields = {
      triggerId: next.id,
      pipelineId: pipelineOf(next)?.id,
      ...(deliveryId === undefined ? {} : { deliveryId }),
    };
    const { state } = next;
    if (pipelineOf(before)?.id !== fields.pipelineId) log.info(fields, 'pipeline known');
    if (state.kind === 'finished' && !isFinished(before))
      log.info({ ...fields, outcome: state.outcome }, 'trigger finished');
  };
