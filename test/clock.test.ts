import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../src/clock.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('somebody setting the clock changes nothing', () => {
  const before = systemClock.now();
  vi.spyOn(Date, 'now').mockReturnValue(0);
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

test('wakes at once when the signal aborts, before or while it sleeps', async () => {
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
