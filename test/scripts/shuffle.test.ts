import { expect, test } from 'vitest';
import { shuffle } from '../../scripts/mutants/random.ts';

const list = Array.from({ length: 50 }, (_, index) => `item ${index}`);
const shuffled = (items: readonly string[], seed: number): string[] => shuffle(items, seed, (item) => item);

test('the same seed gives the same order, another seed another one', () => {
  expect(shuffled(list, 1)).toEqual(shuffled(list, 1));
  expect(shuffled(list, 1)).not.toEqual(shuffled(list, 2));
  expect(shuffled(list, 1).toSorted()).toEqual(list.toSorted());
});

test('the order of the others stays when one is gone', () => {
  expect(shuffled(list.slice(1), 1)).toEqual(shuffled(list, 1).filter((item) => item !== list[0]));
});
