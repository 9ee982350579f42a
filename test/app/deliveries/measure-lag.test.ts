import { expect, test } from 'vitest';
import { createLagMeter } from '../../../src/app/deliveries/measure-lag.ts';
import type { DeliveryResult } from '../../../src/app/deliveries/receive-delivery.ts';
import type { Delivery, Payload } from '../../../src/domain/delivery.ts';
import type { DeliveryId, PipelineId } from '../../../src/domain/ids.ts';
import type { Trigger } from '../../../src/domain/trigger/trigger.ts';
import { createFakeClock } from '../../fakes/fake-clock.ts';

function begin(result: DeliveryResult = 'accepted') {
  const clock = createFakeClock();
  const stored: number[] = [];
  const releases: number[] = [];
  const { measured, released } = createLagMeter(
    { hookStored: (ms) => void stored.push(ms), waiterReleased: (ms) => void releases.push(ms) },
    clock,
  );
  /** A hook that is on disk after so long. */
  const receive = measured(async () => {
    await clock.advance(300);
    return result;
  });
  /** A hook of something that happened so long ago by GitLab's clock. */
  const hear = (agoMs: number | null, status = 'success', id = 7) => {
    const happenedAt = agoMs === null ? null : clock.now() - agoMs;
    const payload = { kind: 'pipeline', pipeline: { id, status }, happenedAt } as unknown as Payload;
    return receive({ id: 'dlv_1' as DeliveryId, payload } as Delivery);
  };
  const release = (id = 7): void =>
    released({ state: { kind: 'finished', pipeline: { id: id as PipelineId } } } as Trigger);
  return { clock, stored, releases, hear, release };
}

test('a hook lags from the time that GitLab gives until it is on disk', async () => {
  const { stored, hear } = begin();
  await hear(2_000);
  expect(stored).toEqual([2_300]);
});

test('a clock of GitLab that is ahead of ours makes no negative lag', async () => {
  const { stored, hear } = begin();
  await hear(-60_000);
  expect(stored).toEqual([0]);
});

test('a hook without a time, one that is known, and one of no use have no lag', async () => {
  const { stored, hear } = begin();
  await hear(null);
  const again = begin('duplicate');
  await again.hear(2_000);
  expect([...stored, ...again.stored]).toEqual([]);
});

test('who waited is released after the pipeline’s end by GitLab’s time', async () => {
  const { clock, releases, hear, release } = begin();
  await hear(9_000, 'running');
  release();
  expect(releases).toEqual([]);
  await hear(2_000);
  await clock.advance(700);
  release();
  release();
  expect(releases).toEqual([3_000, 3_000]);
  release(8);
  expect(releases).toHaveLength(2);
});
