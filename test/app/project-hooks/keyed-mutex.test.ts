import { expect, test } from 'vitest';
import { createKeyedMutex } from '../../../src/app/project-hooks/keyed-mutex.ts';
import { settled } from '../../fakes/fake-clock.ts';

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
