import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readWanted, targetOf } from '../../../src/cli/trigger/artifact-name.ts';

const jobs = new Set(['build', 'build:linux', 'build:linux:arm']);

test.each([
  ['build', 'build', null],
  ['build:out/app.txt', 'build', 'out/app.txt'],
  ['build:linux', 'build:linux', null],
  ['build:linux:out/a:b', 'build:linux', 'out/a:b'],
  ['build:linux:arm', 'build:linux:arm', null],
  ['nobody', 'nobody', null],
  ['nobody:a:b', 'nobody', 'a:b'],
  ['build:', 'build', null],
])('%s is of the job %s', (text, job, file) => {
  expect(readWanted(text, jobs)).toEqual({ job, path: file });
});

test('an archive has the name of its job, a file its path below it', () => {
  expect(targetOf({ job: 'build', path: null })).toEqual(['build.zip']);
  expect(targetOf({ job: 'deploy: [eu]', path: 'out/ä.txt' })).toEqual(['deploy_ [eu]', 'out', 'ä.txt']);
});

test('a download stays below its folder, whatever its names are', () => {
  const name = fc.oneof(fc.constantFrom('..', '.', '', '../../x', '/etc', 'a\\b', '..\\..'), fc.string());
  fc.assert(
    fc.property(name, fc.option(name), (job, file) => {
      const target = path.resolve('/downloads', ...targetOf({ job, path: file }));
      expect(target.startsWith('/downloads/')).toBe(true);
      expect(target).not.toMatch(/[\p{Cc}\\]/u);
    }),
  );
});
