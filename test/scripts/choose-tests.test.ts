import { expect, test } from 'vitest';
import { chooseTests, digestOf } from '../../scripts/mutants/test-map.ts';

const file = 'src/app/sweep/sweep.ts';
const text = 'function first() { return 1; }\nfunction second() { return 2; }\n';

const mapped = (functions: readonly number[], ms = 100, passed = true, digest = digestOf(text)) => ({
  digest: '',
  passed,
  ms,
  hits: { [file]: { digest, functions } },
});

const chosen = (
  tests: Readonly<Record<string, ReturnType<typeof mapped>>>,
  kills: Readonly<Record<string, number>> = {},
): string[] =>
  chooseTests(
    new Map(Object.entries(tests)),
    { file, text, start: text.indexOf('2') },
    (name) => kills[name] ?? 0,
  ).map((each) => each.test);

test('only test files that call the changed function are chosen', () => {
  const tests = { 'test/one.test.ts': mapped([-1, 0]), 'test/two.test.ts': mapped([-1, 1]) };
  expect(chosen(tests)).toEqual(['test/two.test.ts']);
});

test('when the file has changed since, all that call anything in it are chosen', () => {
  const tests = { 'test/one.test.ts': mapped([0], 100, true, 'another'), 'test/two.test.ts': mapped([1]) };
  expect(chosen(tests)).toEqual(['test/one.test.ts', 'test/two.test.ts']);
});

test('for a new file, all that call anything in its folder are chosen', () => {
  const tests = { 'test/one.test.ts': mapped([0]) };
  const choose = (name: string) =>
    chooseTests(new Map(Object.entries(tests)), { file: name, text, start: 0 }, () => 0);
  expect(choose('src/app/sweep/new.ts')).toHaveLength(1);
  expect(choose('src/app/engine/new.ts')).toEqual([]);
});

test('a test file that fails without a mutant is never chosen', () => {
  expect(chosen({ 'test/one.test.ts': mapped([1], 100, false) })).toEqual([]);
});

test('the mirror comes first, then what has noticed before, then the same folder, then the quick ones', () => {
  const tests = {
    'test/slow.test.ts': mapped([1], 5_000),
    'test/quick.test.ts': mapped([1], 10),
    'test/app/sweep/batches.test.ts': mapped([1], 100),
    'test/noticed.test.ts': mapped([1], 1_000),
    'test/app/sweep/sweep.test.ts': mapped([1], 900),
  };
  expect(chosen(tests, { 'test/noticed.test.ts': 28 })).toEqual([
    'test/app/sweep/sweep.test.ts',
    'test/noticed.test.ts',
    'test/app/sweep/batches.test.ts',
    'test/quick.test.ts',
    'test/slow.test.ts',
  ]);
});
