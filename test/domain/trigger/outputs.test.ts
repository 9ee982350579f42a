import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JobId } from '../../../src/domain/ids.ts';
import {
  joinOutputs,
  longestOutputs,
  mostValues,
  outputJobsOf,
  parseDotenv,
  unmetOutputs,
} from '../../../src/domain/trigger/outputs.ts';

const job = (id: number, name: string) => ({ id: id as JobId, name });
const read = (id: number, values: Readonly<Record<string, string>>) => ({
  ...job(id, `job ${id}`),
  read: new Map(Object.entries(values)),
});

describe('a dotenv report', () => {
  test('is one KEY=value a line, both trimmed; quotes are part of the value', () => {
    const text = 'A=1\n B = two words \r\nC="quoted"\nD=a=b\nE=\nA=last';
    expect(Object.fromEntries(parseDotenv(text) as Map<string, string>)).toEqual({
      ...{ A: 'last', B: 'two words', C: '"quoted"', D: 'a=b', E: '' },
    });
  });

  test('may be empty', () => {
    expect(parseDotenv('')).toEqual(new Map());
  });

  test.each([
    ['an empty line', 'A=1\n\nB=2', 2],
    ['a comment', '# hello\nA=1', 1],
    ['a line without =', 'A=1\nexport', 2],
    ['a name with a blank', 'A B=1', 1],
    ['a name with a control character', 'A\u0000B=1', 1],
    ['a name that is too long', `${'A'.repeat(256)}=1`, 1],
    ['no name', '=1', 1],
  ])('is none with %s', (_what, text, line) => {
    expect(parseDotenv(text)).toBe(`line ${line} is not NAME=value`);
  });

  test('never throws, and has only names of variables', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const values = parseDotenv(text);
        if (typeof values !== 'string') for (const name of values.keys()) expect(name).toMatch(/^\w+$/);
      }),
    );
  });
});

describe('the jobs that are meant', () => {
  const jobs = [job(3, 'deploy: [eu]'), job(1, 'build'), job(2, 'test/unit')];

  test('are those whose names fit, by id, each with its file', () => {
    const from = [
      { job: 'deploy*', file: 'out/vars.env' },
      { job: 'build', file: null },
    ];
    expect(outputJobsOf(from, jobs)).toEqual([
      { id: 1, name: 'build', file: 'build.env' },
      { id: 3, name: 'deploy: [eu]', file: 'out/vars.env' },
    ]);
  });

  test('are all by *, also those with a slash', () => {
    expect(outputJobsOf([{ job: '*', file: null }], jobs)).toHaveLength(3);
  });

  test('are missing where no name fits', () => {
    const from = ['build', 'bui', 'x*'].map((name) => ({ job: name, file: null }));
    expect(unmetOutputs(from, jobs)).toEqual(['bui', 'x*']);
  });
});

describe('joined outputs', () => {
  test('have of a name that occurs twice that of the job with the higher id, in any order', () => {
    const [older, newer] = [read(1, { A: 'old', B: 'b' }), read(2, { A: 'new' })];
    for (const jobs of [
      [older, newer],
      [newer, older],
    ])
      expect(joinOutputs(jobs, [])).toEqual({ values: { A: 'new', B: 'b' }, problem: null });
  });

  test('say what could not be read, and keep the rest', () => {
    const broken = { ...job(2, 'deploy'), read: '403 Forbidden' };
    expect(joinOutputs([read(1, { A: '1' }), broken], ['x: there is no such job'])).toEqual({
      values: { A: '1' },
      problem: 'x: there is no such job, deploy: 403 Forbidden',
    });
  });

  test('are two hundred at most', () => {
    const values = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`K${index}`, '']));
    const joined = joinOutputs([read(1, values)], []);
    expect(Object.keys(joined.values)).toHaveLength(mostValues);
    expect(joined.problem).toContain('300 of 500 values are left out');
  });

  test('are 64 KiB at most, whatever their characters', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary', maxLength: 3 }), { minLength: 1, maxLength: 300 }),
        (texts) => {
          const values = Object.fromEntries(texts.map((text, index) => [`K${index}`, text.repeat(20_000)]));
          const kept = joinOutputs([read(1, values)], []).values;
          const file = Object.entries(kept).map(([name, value]) => `${name}=${value}\n`);
          expect(Buffer.byteLength(file.join(''))).toBeLessThanOrEqual(longestOutputs);
        },
      ),
      { numRuns: 20 },
    );
  });

  test('hold a name of an object’s own', () => {
    const joined = joinOutputs([{ ...job(1, 'a'), read: new Map([['__proto__', 'x']]) }], []);
    expect(JSON.stringify(joined.values)).toBe('{"__proto__":"x"}');
  });
});
