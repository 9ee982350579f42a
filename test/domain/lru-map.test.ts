import { expect, test } from 'vitest';
import { createLruMap } from '../../src/domain/lru-map.ts';

test('a full map replaces the entry that was not used for the longest time', () => {
  const map = createLruMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  expect(map.get('a')).toBe(1);
  map.set('c', 3);
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([1, undefined, 3]);
});

test('an entry that is set again takes no second place', () => {
  const map = createLruMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  map.set('c', 4);
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([3, undefined, 4]);
});

test('a deleted entry makes room', () => {
  const map = createLruMap<string, number>(1);
  map.set('a', 1);
  map.delete('a');
  map.set('b', 2);
  expect([map.get('a'), map.get('b')]).toEqual([undefined, 2]);
});
