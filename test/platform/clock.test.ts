import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/platform/clock.ts';

afterEach(() => {
  vi.useRealTimers();
});

const [hour, day] = [3_600_000, 86_400_000];

test.each([
  ['an hour ahead', hour],
  ['an hour back', -hour],
  ['a day ahead', day],
  ['a day back', -day],
  ['to its beginning', -Date.now()],
])('somebody setting the clock %s changes nothing', async (_what, jumpMs) => {
  const before = systemClock.now();
  const sleeping = systemClock.sleep(20);
  const wallBefore = Date.now();
  vi.spyOn(Date, 'now').mockReturnValue(wallBefore + jumpMs);
  await sleeping;
  expect(systemClock.now()).toBeGreaterThanOrEqual(before);
  expect(systemClock.now() - before).toBeLessThan(60_000);
  vi.restoreAllMocks();
});

test('sleeps for the time', async () => {
  vi.useFakeTimers();
  let woken = false;
  void systemClock.sleep(1000).then(() => (woken = true));
  await vi.advanceTimersByTimeAsync(999);
  expect(woken).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(woken).toBe(true);
});

test('wakes immediately when the signal aborts, before or while it sleeps', async () => {
  await systemClock.sleep(1_000_000, AbortSignal.abort());
  const controller = new AbortController();
  const sleeping = systemClock.sleep(1_000_000, controller.signal);
  controller.abort();
  await sleeping;
});

test('a time longer than timers take does not wake it early', async () => {
  vi.useFakeTimers();
  let woken = false;
  void systemClock.sleep(2 ** 40).then(() => (woken = true));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(woken).toBe(false);
});
