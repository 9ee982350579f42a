import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compared, ratioIn, tableLine } from '../../bench/table.ts';

const page = readFileSync('docs/performance.md', 'utf8');

test.each(['processor for a hook', 'memory while 10,000 callers wait'])(
  'the page has the ratio that CI compares with: %s',
  (what) => expect(ratioIn(page, what)).toBeGreaterThan(1),
);

test('the ratio of a line that was printed is read back, and of no other', () => {
  const row = compared('a figure', 30, { unit: ' ms', limit: '', peer: { name: 'a peer', value: 12 } });
  expect(ratioIn(tableLine(row), 'a figure')).toBe(2.5);
  expect(ratioIn(tableLine(row), 'a fig')).toBeUndefined();
});
