import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isClosed, isWithinBounds } from '../../src/platform/json-bounds.ts';

const fits = (json: string, items: number, groups: number): boolean =>
  isWithinBounds(Buffer.from(json), { items, groups });

test.each([
  ['[1,2,3]', 2, 1, true],
  ['[1,2,3,4]', 2, 1, false],
  ['{"a":{"b":[]}}', 0, 3, true],
  ['{"a":{"b":[[]]}}', 0, 3, false],
  ['[[],[],[]]', 2, 4, true],
  ['[[],[],[]]', 2, 3, false],
  ['["a,b,c,[[[","\\\\",{}]', 2, 2, true],
  ['["\\",,,,[[[["]', 0, 1, true],
  ['', 0, 0, true],
])('%s has %i commas and %i lists and objects at most: %s', (json, items, groups, expected) => {
  expect(fits(json, items, groups)).toBe(expected);
});

/** Commas, lists and objects of a value. */
function sizeOf(value: unknown): { items: number; groups: number } {
  if (typeof value !== 'object' || value === null) return { items: 0, groups: 0 };
  const parts = Object.values(value).map(sizeOf);
  return {
    items: Math.max(parts.length - 1, 0) + parts.reduce((sum, { items }) => sum + items, 0),
    groups: 1 + parts.reduce((sum, { groups }) => sum + groups, 0),
  };
}

test('any JSON is within its own size, and not within less', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
      const json = JSON.stringify(value, null, indent);
      const { items, groups } = sizeOf(value);
      expect(fits(json, items, groups)).toBe(true);
      if (items > 0) expect(fits(json, items - 1, groups)).toBe(false);
      if (groups > 0) expect(fits(json, items, groups - 1)).toBe(false);
    }),
  );
});

test.each([
  ['[[1],{"a":"]"}]', true],
  ['"[\\"["', true],
  ['[[1]', false],
  ['[1]]', false],
  ['{"a', false],
])('every value that %s opens is closed: %s', (json, expected) => {
  expect(isClosed(Buffer.from(json))).toBe(expected);
});
