import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EndedRun } from '../../src/domain/run-statistics.ts';
import { dayOf, quantile, summarize, usualOf } from '../../src/domain/run-statistics.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;
const now = Date.UTC(2026, 11, 1, 12);

const run = (given: Partial<EndedRun> & { readonly tookMs?: number } = {}): EndedRun => {
  const { tookMs = minuteMs, finishedAt = now, ...rest } = given;
  return { project: 'group/app', outcome: 'success', createdAt: finishedAt - tookMs, finishedAt, ...rest };
};

describe('a quantile', () => {
  test('is one of the values, and at least that share of them is no greater', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer(), { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, share) => {
          const value = quantile(values, share);
          expect(values).toContain(value);
          const upTo = values.filter((other) => other <= value).length;
          expect(upTo).toBeGreaterThanOrEqual(share * values.length - 1e-9);
        },
      ),
    );
  });

  test('of nothing is 0', () => expect(quantile([], 0.5)).toBe(0));
});

describe('what usually follows', () => {
  test.each([
    [[], null],
    [[1, 2], null],
    [[3, 1, 2], { medianMs: 2, p95Ms: 3 }],
    [Array.from({ length: 20 }, (_, at) => at + 1), { medianMs: 10, p95Ms: 19 }],
  ])('of %j is %j', (durations, usual) => expect(usualOf(durations)).toEqual(usual));
});

describe('the summary', () => {
  test('has every day, also one without runs, and nothing of other days', () => {
    const runs = [
      run(),
      run({ finishedAt: now - 2 * dayMs, outcome: 'failed' }),
      run({ finishedAt: now - 3 * dayMs }),
    ];
    const { days, ...all } = summarize(runs, { now, days: 3 });
    expect(days.map(({ at, passed, failed }) => [at, passed, failed])).toEqual([
      [dayOf(now) - 2 * dayMs, 0, 1],
      [dayOf(now) - dayMs, 0, 0],
      [dayOf(now), 1, 0],
    ]);
    expect(all).toMatchObject({ runs: 2, passed: 1, failed: 1, others: 0, totalMs: 2 * minuteMs });
  });

  test('has the projects, those with the most runs first', () => {
    const runs = [
      run({ project: 'b', tookMs: 1_000 }),
      run({ project: 'a', outcome: 'canceled', tookMs: 9 }),
      run({ project: 'b', tookMs: 3_000 }),
      run({ project: 'c', outcome: 'deadline' }),
    ];
    expect(summarize(runs, { now, days: 1 }).projects).toEqual([
      { project: 'b', runs: 2, passed: 2, failed: 0, others: 0, medianMs: 1_000, p95Ms: 3_000 },
      { project: 'a', runs: 1, passed: 0, failed: 0, others: 1, medianMs: 0, p95Ms: 0 },
      { project: 'c', runs: 1, passed: 0, failed: 1, others: 0, medianMs: 0, p95Ms: 0 },
    ]);
  });
});
