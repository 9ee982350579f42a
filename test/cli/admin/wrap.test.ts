import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { wrapped } from '../../../src/cli/admin/wrap.ts';

test('a paragraph is broken at blanks, each line behind the indent', () => {
  expect(wrapped('set it to the output of openssl rand', 26, '  ')).toEqual([
    '  set it to the output of',
    '  openssl rand',
  ]);
});

test('without a width it is one line', () => {
  expect(wrapped('as long as it likes to be', Infinity, '  ')).toEqual(['  as long as it likes to be']);
});

test('a word wider than the line stays whole', () => {
  expect(wrapped('run https://pipelines.example.com/problems/a/b now', 20)).toEqual([
    'run',
    'https://pipelines.example.com/problems/a/b',
    'now',
  ]);
});

test('no word is lost, and no line is wider than the terminal unless one word is', () => {
  const word = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => /^[!-~]+$/.test(text));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), fc.integer({ min: 20, max: 100 }), (words, width) => {
      const lines = wrapped(words.join(' '), width);
      expect(lines.join(' ').split(' ')).toEqual(words);
      for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
    }),
  );
});
