import { expect, test } from 'vitest';
import { applyMutant, findMutants } from '../../scripts/mutants/find-mutants.ts';

const mutantsOf = (text: string): string[] =>
  findMutants('file.ts', text).map((mutant) => `${mutant.kind}: ${applyMutant(text, mutant)}`);

test.each([
  ['if (a) b = c;', ['condition turned: if (!(a)) b = c;']],
  ['x = a ? b : c;', ['condition turned: x = !(a) ? b : c;']],
  ['x = a && b;', ['condition turned: x = a || b;']],
  ['x = a || b;', ['condition turned: x = a && b;']],
  ['x = a === b;', ['condition turned: x = a !== b;']],
  ['x = a < b;', ['bound moved: x = a <= b;']],
  ['x = a >= b;', ['bound moved: x = a > b;']],
  ['const most = 5;', ['bound moved: const most = 5 + 1;']],
  ['x = a * 5;', ['bound moved: x = a * (5 + 1);']],
  ['x = { 5: a };', []],
  ['f(a);', ['call dropped: ;']],
  ['await f(a);', ['call dropped: ;']],
  ['void f(a);', ['call dropped: ;']],
  ['try { a = b; } finally { a = c; }', ['finally emptied: try { a = b; } finally {}']],
  ['function f() { return true; }', ['return changed: function f() { return false; }']],
  ['function f() { return a; }', ['return changed: function f() { return (undefined as never); }']],
  ['const f = () => a;', ['return changed: const f = () => (undefined as never);']],
  ['function f() { return undefined; }', []],
  ["type A = 5; import a from 'b';", []],
])('%s', (text, mutants) => {
  expect(mutantsOf(text)).toEqual(mutants);
});

test('a mutant names its line', () => {
  expect(findMutants('file.ts', '\n\nf();')).toMatchObject([{ line: 3 }]);
});
