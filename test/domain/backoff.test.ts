import { expect, test } from 'vitest';
import { backoffMs } from '../../src/domain/backoff.ts';

const never = 0;
const always = 1;

test('doubles from half a second to a minute', () => {
  const waits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 50, 5_000].map((attempt) => backoffMs(attempt, null, always));
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
});

test('is up to a fifth shorter, so that many do not come back in one moment', () => {
  expect(backoffMs(0, null, never)).toBe(400);
  expect(backoffMs(20, null, never)).toBe(48_000);
});

test('is never shorter than GitLab asked for', () => {
  expect(backoffMs(0, 30_000, never)).toBe(30_000);
  expect(backoffMs(0, 0, always)).toBe(500);
  expect(backoffMs(20, 1_000, always)).toBe(60_000);
  expect(backoffMs(20, 3_600_000, always)).toBe(3_600_000);
});

test('doubles between other bounds where they are given', () => {
  const bounds = { firstMs: 1_000, longestMs: 300_000 };
  expect([0, 1, 8, 9, 5_000].map((attempt) => backoffMs(attempt, null, always, bounds))).toEqual([
    1_000, 2_000, 256_000, 300_000, 300_000,
  ]);
});
