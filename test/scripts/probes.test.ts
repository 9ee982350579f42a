import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import { writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { findFunctions, functionAt, insertProbes } from '../../scripts/mutants/probes.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const source = `export const outer = (a) => (b) => a + b;
export function block(list = [() => 1]) {
  return list.map((each) => ({ each }));
}
export class Counter {
  get count() {
    return 1;
  }
}
`;

test('a place belongs to the innermost function around it', () => {
  const functions = findFunctions('file.ts', source);
  const at = (text: string): number => functionAt(functions, source.indexOf(text));
  expect([at('a + b'), at('(b)'), at('=> 1'), at('return list'), at('({ each })'), at('return 1')]).toEqual([
    1, 1, 3, 2, 4, 5,
  ]);
  expect(at('export class')).toBe(-1);
});

test('a file with probes does the same, and reports each function once that has been called', async () => {
  const directory = makeTemporaryDirectory();
  onTestFinished(directory.remove);
  const report = path.join(directory.path, 'report');
  const file = path.join(directory.path, 'file.mjs');
  writeFileSync(file, insertProbes('src/file.ts', source, report));
  const module = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
    outer: (a: number) => (b: number) => number;
    block: (list?: unknown[]) => unknown;
  };
  expect(readFileSync(report, 'utf8')).toBe('src/file.ts -1\n');
  expect(module.outer(1)(2)).toBe(3);
  expect(module.outer(2)(2)).toBe(4);
  expect(module.block(['x'])).toEqual([{ each: 'x' }]);
  expect(readFileSync(report, 'utf8')).toBe(
    'src/file.ts -1\nsrc/file.ts 0\nsrc/file.ts 1\nsrc/file.ts 2\nsrc/file.ts 4\n',
  );
});
