import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matches, matchesProject } from '../../../src/domain/access/pattern.ts';

test.each([
  ['main', 'main', true],
  ['main', 'Main', false],
  ['main', 'mai', false],
  ['main', 'main2', false],
  ['', '', true],
  ['', '*', true],
  ['', '**', true],
  ['', 'a', false],
  ['release/1', 'release/*', true],
  ['release/', 'release/*', true],
  ['release', 'release/*', false],
  ['release/1/2', 'release/*', false],
  ['release/1/2', 'release/**', true],
  ['release/1/2', 'release/*/*', true],
  ['a.b', 'a?b', false],
  ['axb', 'a.b', false],
  ['a.b', 'a.b', true],
  ['(a|b)[c]', '(a|b)[c]', true],
  ['a*b', 'a*b', true],
  ['v1-rc', '*-rc', true],
  ['v1-rc2', '*-rc', false],
  ['two\nlines', 'two*', true],
  ['two\nlines', 'two', false],
  ['x/y/z', '**/z', true],
  ['z', '**/z', false],
  ['abc', '***', true],
])('%j by %j: %s', (text, pattern, expected) => {
  expect(matches(text, pattern)).toBe(expected);
});

/** What the patterns mean, the slow way. */
const asExpression = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
      .replaceAll(/\*\*?/g, (stars) => (stars === '**' ? '[^]*' : '[^/]*'))}$`,
  );

test('is what a regular expression makes of it', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '\n'), maxLength: 12 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '*', '**'), maxLength: 8 });
  fc.assert(
    fc.property(text, pattern, (one, other) => {
      expect(matches(one, other)).toBe(asExpression(other).test(one));
    }),
    { numRuns: 2000 },
  );
});

test('takes no longer for a text that is made to be hard', () => {
  // A regular expression would still be at it tomorrow.
  expect(matches('a'.repeat(10_000), `${'**a'.repeat(20)}**b`)).toBe(false);
});

test('a text longer than any name fits only what fits all', () => {
  const long = 'a'.repeat(10_001);
  expect(matches(long, '**')).toBe(true);
  expect(matches(long, 'a**')).toBe(false);
});

test.each([
  ['group/app', 'GROUP/App', true],
  ['Group/APP', 'group/*', true],
  ['group/sub/app', 'group/*', false],
  ['group/sub/app', 'group/**', true],
  ['42', '42', true],
  ['42', '**', true],
  ['42', '*', true],
  ['42', '*/*', false],
  ['42', '4*', false],
  ['group/42', '42', false],
])('project %s by %s: %s', (project, pattern, expected) => {
  expect(matchesProject(project, pattern)).toBe(expected);
});
