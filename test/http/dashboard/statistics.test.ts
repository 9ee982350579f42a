import { describe, expect, test } from 'vitest';
import type { EndedRun } from '../../../src/domain/run-statistics.ts';
import { barChart, lineChart } from '../../../src/http/dashboard/charts.ts';
import { statisticsPage } from '../../../src/http/dashboard/statistics.ts';
import { plainText } from './plain-text.ts';

const now = Date.UTC(2026, 11, 1, 12);
const minuteMs = 60_000;

const run = (given: Partial<EndedRun> = {}): EndedRun => ({
  project: 'group/app',
  outcome: 'success',
  createdAt: now - 8 * minuteMs,
  finishedAt: now,
  ...given,
});

async function pageOf(runs: readonly EndedRun[]) {
  const page = statisticsPage({
    statistics: { endedSince: () => Promise.resolve(runs) },
    clock: { now: () => now },
  });
  return (await page()).body;
}

describe('the statistics', () => {
  test('have the rate of success and the durations, in total and by project', async () => {
    const runs = [run(), run({ outcome: 'failed' }), run({ project: 'other/<app>', outcome: 'canceled' })];
    const body = await pageOf(runs);
    const text = plainText(body);
    expect(text).toContain('Triggers 3 in 30 days Success 50.0 % of those that passed or failed');
    expect(text).toContain('Usually 8 min 00 s 95 % within 8 min 00 s Time saved 24 min 00 s');
    expect(text).toContain('group/app 2 1 1 50.0 % 8m 00s 8m 00s other/&lt;app&gt; 1 0 0 – – –');
    expect(body.toString()).toContain('<title>2026-12-01: 1 passed, 1 failed, 1 others</title>');
  });

  test('say so where nothing has ended', async () => {
    expect(plainText(await pageOf([]))).toContain('Nothing has ended within 30 days');
  });

  test('need no style of their own, which the policy forbids', async () => {
    expect((await pageOf([run()])).toString()).not.toMatch(/\sstyle=|<script/);
  });
});

describe('a chart', () => {
  test('of bars has its parts on top of one another, as high as their shares', () => {
    const parts = [
      { size: 1, look: 'a' },
      { size: 3, look: 'b' },
    ];
    const chart = barChart([{ title: 'day', parts }], { label: 'all', highest: 4 }).toString();
    expect(chart).toMatch(/class="a"[^>]*y="75.00"[^>]*height="25.00"/);
    expect(chart).toMatch(/class="b"[^>]*y="0.00"[^>]*height="75.00"/);
  });

  test('of lines has a gap where there is no value', () => {
    const lines = [{ look: 's1', values: [1, 2, null, 4] }];
    expect(lineChart(lines, { label: 'all', highest: 4 }).toString()).toContain(
      'd="M0.5 75.00h0L1.5 50.00h0M3.5 0.00h0"',
    );
  });
});
