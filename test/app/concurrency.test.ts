import { expect, test } from 'vitest';
import { createKeyedMutex, createCallQuota } from '../../src/app/concurrency.ts';
import { settled, createFakeClock } from '../fakes/fake-clock.ts';

test('work on one thing waits for the work before it, also when that failed', async () => {
  const inTurn = createKeyedMutex();
  const gate = Promise.withResolvers<never>();
  const order: string[] = [];
  const first = inTurn('a', () => gate.promise);
  const second = inTurn('a', () => Promise.resolve(order.push('second')));
  await inTurn('b', () => Promise.resolve(order.push('other')));
  await settled();
  expect(order).toEqual(['other']);
  gate.reject(new Error('no'));
  await expect(first).rejects.toThrow('no');
  await second;
  expect(order).toEqual(['other', 'second']);
});

test('five in any minute, for each key', async () => {
  const clock = createFakeClock();
  const quota = createCallQuota(clock);
  for (let count = 1; count <= 5; count += 1) {
    expect(quota('test group/app')).toBe(0);
    await clock.advance(10_000);
  }
  expect(quota('test group/app')).toBe(10_000);
  expect(quota('resend group/app')).toBe(0);
  await clock.advance(10_000);
  expect(quota('test group/app')).toBe(0);
  expect(quota('test group/app')).toBe(10_000);
});
