import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Limits } from '../../../src/http/middleware/rate-limits.ts';
import { createLimits } from '../../../src/http/middleware/rate-limits.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function begin() {
  const lines: object[] = [];
  const limits = createLimits({ warn: (fields, message) => lines.push({ ...fields, message }) });
  return { lines, ...limits };
}

/** How many requests are let through of so many that come together. */
async function letThrough(times: number, note: () => Promise<void>): Promise<number> {
  let count = 0;
  for (let time = 0; time < times; time += 1)
    await note().then(
      () => (count += 1),
      (error: unknown) => expect(error).toMatchObject({ code: 'too_many_requests' }),
    );
  return count;
}

test.each<[string, number, number, (limits: Limits, who: string) => Promise<void>]>([
  ['refused requests of an address', 600, 60, (limits, who) => limits.noteRefusal(who)],
  ['open requests of an address', 3_000, 10, (limits, who) => limits.noteOpen(who)],
  ['requests of a caller', 120_000, 60, (limits, who) => limits.noteCall(who)],
])('%s: %i in %i seconds, others go on', async (_what, points, seconds, note) => {
  const limits = begin();
  const count = (who: string, times: number) => letThrough(times, () => note(limits, who));
  expect(await count('192.0.2.1', points + 5)).toBe(points);
  expect(await count('192.0.2.2', 1)).toBe(1);
  vi.advanceTimersByTime(seconds * 1000 - 1);
  expect(await count('192.0.2.1', 1)).toBe(0);
  vi.advanceTimersByTime(1);
  expect(await count('192.0.2.1', 1)).toBe(1);
});

test('a caller that is refused too often is logged once in that time', async () => {
  const { lines, noteRefusal } = begin();
  for (let round = 0; round < 2; round += 1) {
    await letThrough(650, () => noteRefusal('192.0.2.1'));
    vi.advanceTimersByTime(60_000);
  }
  const line = { address: '192.0.2.1', points: 600, duration: 60, message: 'many refused requests' };
  expect(lines).toEqual([line, line]);
});

test('with IPv6 all addresses of one network are one', async () => {
  const { noteRefusal } = begin();
  let last = 0;
  const count = await letThrough(700, () => noteRefusal(`2001:db8:1:2::${(last += 1).toString(16)}`));
  expect(count).toBe(600);
  expect(await letThrough(1, () => noteRefusal('2001:db8:1:3::1'))).toBe(1);
});

test('what is remembered is bounded, however many addresses there are', async () => {
  const { noteRefusal } = begin();
  for (let high = 0; high < 2; high += 1)
    for (let low = 0; low < 65_536; low += 1) {
      const [c, d] = [low >> 8, low & 255];
      await noteRefusal(`10.${high}.${c}.${d}`);
    }
  expect(vi.getTimerCount()).toBeGreaterThan(1_000);
  expect(vi.getTimerCount()).toBeLessThanOrEqual(2 ** 14);
});
