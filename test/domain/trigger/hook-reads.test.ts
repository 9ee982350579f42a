import fc from 'fast-check';
import { expect, test } from 'vitest';
import { takeHookRead } from '../../../src/domain/trigger/hook-reads.ts';

/** The moments of reads that webhooks ask for one after the other, after the pauses. */
function readsAfter(pauses: readonly number[]): readonly number[] {
  let now = 0;
  let spentUntil: number | undefined;
  return pauses.map((pause) => {
    const taken = takeHookRead(spentUntil, now + pause);
    spentUntil = taken.spentUntil;
    now += pause + taken.waitMs;
    return now;
  });
}

test('ten reads are allowed immediately, then one each 5 seconds', () => {
  const reads = readsAfter(Array.from({ length: 13 }, () => 0));
  expect(reads).toEqual([...Array.from({ length: 10 }, () => 0), 5_000, 10_000, 15_000]);
});

test('after a pause as many reads are allowed as the pause has tokens', () => {
  const reads = readsAfter([...Array.from({ length: 10 }, () => 0), 12_000, 0, 0]);
  expect(reads.slice(10)).toEqual([12_000, 12_000, 15_000]);
});

test('in any period there are at most ten reads and one for each 5 seconds', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 60 }), (pauses) => {
      const reads = readsAfter(pauses);
      for (const [index, from] of reads.entries())
        for (const [later, to] of reads.slice(index).entries())
          expect(later + 1).toBeLessThanOrEqual(10 + Math.floor((to - from) / 5_000));
    }),
  );
});

test('after the time of day was set back a read waits for 5 seconds at most', () => {
  const { spentUntil } = takeHookRead(undefined, 1_000_000_000);
  expect(takeHookRead(spentUntil, 0).waitMs).toBeLessThanOrEqual(5_000);
});
