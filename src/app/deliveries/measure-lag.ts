import type { Delivery } from '../../domain/delivery.ts';
import { pipelineIdOf } from '../../domain/delivery.ts';
import { createLruMap } from '../../domain/lru-map.ts';
import type { PipelineId } from '../../domain/ids.ts';
import { phase } from '../../domain/trigger/status.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { pipelineOf } from '../../domain/trigger/trigger.ts';
import type { Meter } from '../ports/meter.ts';
import type { Clock } from '../ports/index.ts';
import type { ReceiveDelivery } from './receive-delivery.ts';

/** For how many pipelines the time of their end is kept. */
const remembered = 10_000;

/** Measures how long updates take: to the disk, and to the waiting callers. */
export function createLagMeter(
  meter: Pick<Meter, 'hookStored' | 'waiterReleased'>,
  clock: Pick<Clock, 'now'>,
) {
  const endedAt = createLruMap<PipelineId, number>(remembered);

  function noteEnd({ payload }: Delivery): void {
    if (payload.kind !== 'pipeline' || payload.happenedAt === null) return;
    if (phase(payload.pipeline.status) === 'alive') return;
    const id = pipelineIdOf(payload) ?? payload.pipeline.id;
    endedAt.set(id, payload.happenedAt);
  }

  const measured = (receive: ReceiveDelivery): ReceiveDelivery =>
    async function receiveMeasured(delivery) {
      const { payload } = delivery;
      const happenedAt = 'happenedAt' in payload ? payload.happenedAt : null;
      // Before the delivery is stored: waiting callers may be answered before `receive` returns.
      noteEnd(delivery);
      const result = await receive(delivery);
      if (result === 'accepted' && happenedAt !== null)
        meter.hookStored(Math.max(clock.now() - happenedAt, 0));
      return result;
    };

  /** A waiting caller was notified that a trigger has finished. */
  function released(trigger: Trigger): void {
    const pipeline = pipelineOf(trigger);
    const at = pipeline === null ? undefined : endedAt.get(pipeline.id);
    if (at !== undefined) meter.waiterReleased(Math.max(clock.now() - at, 0));
  }

  return { measured, released };
}
