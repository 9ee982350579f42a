import { describe, expect, test } from 'vitest';
import { createRateLimit, createRateLimits } from '../../../src/gitlab/rest/rate-limit.ts';

const now = Date.UTC(2026, 0, 1);

/** How long to ask nothing after an answer. */
function waitAfter(status: number, headers: Readonly<Record<string, string>>): number {
  const limit = createRateLimit();
  limit.note(status, headers, now);
  return limit.waitMs(now);
}

test('nobody waits at first, nor after an answer without a word about limits', () => {
  expect(createRateLimit().waitMs(now)).toBe(0);
  expect(waitAfter(200, {})).toBe(0);
  expect(waitAfter(503, {})).toBe(0);
});

describe('Retry-After', () => {
  test('in seconds', () => {
    expect(waitAfter(429, { 'retry-after': '7' })).toBe(7_000);
    expect(waitAfter(429, { 'retry-after': '0' })).toBe(0);
  });

  test('as a date', () => {
    expect(waitAfter(429, { 'retry-after': 'Thu, 01 Jan 2026 00:01:30 GMT' })).toBe(90_000);
    expect(waitAfter(429, { 'retry-after': 'Wed, 31 Dec 2025 23:59:59 GMT' })).toBe(0);
    const theirs = { date: 'Thu, 01 Jan 2026 01:00:00 GMT', 'retry-after': 'Thu, 01 Jan 2026 01:00:30 GMT' };
    expect(waitAfter(429, theirs)).toBe(30_000);
  });

  test('of a 503 counts as well', () => {
    expect(waitAfter(503, { 'retry-after': '30' })).toBe(30_000);
  });

  test('is obeyed for an hour at most', () => {
    expect(waitAfter(429, { 'retry-after': '999999' })).toBe(3_600_000);
  });
});

describe('RateLimit-Reset', () => {
  const reset = String(now / 1000 + 42);
  const date = new Date(now).toUTCString();

  test('is in seconds since the epoch, and counts when nothing remains', () => {
    expect(waitAfter(200, { 'ratelimit-remaining': '0', 'ratelimit-reset': reset, date })).toBe(42_000);
    expect(waitAfter(429, { 'ratelimit-remaining': '0', 'ratelimit-reset': reset, date })).toBe(42_000);
  });

  test.each([[-3_600_000], [3_600_000], [86_400_000]])(
    'is read by GitLab’s clock, %i ms off ours',
    (offMs) => {
      const headers = {
        'ratelimit-remaining': '0',
        'ratelimit-reset': String((now + offMs) / 1000 + 42),
        date: new Date(now + offMs).toUTCString(),
      };
      expect(waitAfter(429, headers)).toBe(42_000);
    },
  );

  test('without the answer’s own time means ten seconds, never a wait by our clock alone', () => {
    const headers = { 'ratelimit-remaining': '0', 'ratelimit-reset': String(now / 1000 + 3_600) };
    expect([waitAfter(429, headers), waitAfter(200, headers)]).toEqual([10_000, 10_000]);
  });

  test('is waited for no longer than the longest window', () => {
    const headers = { 'ratelimit-remaining': '0', 'ratelimit-reset': String(now / 1000 + 86_400), date };
    expect(waitAfter(429, headers)).toBe(3_600_000);
  });

  test('is of no matter while something remains, or when it is past', () => {
    expect(waitAfter(200, { 'ratelimit-remaining': '1', 'ratelimit-reset': reset })).toBe(0);
    const past = { 'ratelimit-remaining': '0', 'ratelimit-reset': String(now / 1000 - 1), date };
    expect([waitAfter(200, past), waitAfter(429, past)]).toEqual([0, 10_000]);
    expect(waitAfter(200, { 'ratelimit-remaining': '0', 'ratelimit-reset': 'soon' })).toBe(0);
  });

  test.each([['60'], ['2'], ['0']])('gives way to Retry-After: %s', (seconds) => {
    const headers = { 'ratelimit-remaining': '0', 'ratelimit-reset': reset, date, 'retry-after': seconds };
    expect(waitAfter(429, headers)).toBe(Number(seconds) * 1000);
  });
});

test.each([[{}], [{ 'retry-after': '' }], [{ 'retry-after': 'soon' }]])(
  'a 429 that does not say when to come back means ten seconds: %j',
  (headers) => {
    expect(waitAfter(429, headers)).toBe(10_000);
  },
);

test('the wait passes, and a later answer does not shorten it', () => {
  const limit = createRateLimit();
  limit.note(429, { 'retry-after': '10' }, now);
  limit.note(200, {}, now + 1_000);
  limit.note(429, { 'retry-after': '2' }, now + 1_000);
  expect(limit.waitMs(now + 4_000)).toBe(6_000);
  expect(limit.waitMs(now + 10_000)).toBe(0);
  expect(limit.waitMs(now + 99_000)).toBe(0);
});

test('each key has a limit of its own, and of very many the ones used last are kept', () => {
  const limitOf = createRateLimits();
  const first = limitOf('first');
  first.note(429, {}, 0);
  expect(limitOf('second').waitMs(0)).toBe(0);
  for (let index = 0; index < 999; index += 1) limitOf(index % 2 === 0 ? `other ${index}` : 'first');
  expect(limitOf('first')).toBe(first);
  for (let index = 0; index < 1_000; index += 1) limitOf(`more ${index}`);
  expect(limitOf('first')).not.toBe(first);
});

describe('what can wait', () => {
  /** How long to ask nothing that can wait, a minute before the limit begins anew. */
  function pauseAt(remaining: number, given: Readonly<Record<string, string>> = {}): number {
    const limit = createRateLimit();
    const headers = {
      'ratelimit-limit': '2000',
      'ratelimit-remaining': String(remaining),
      'ratelimit-reset': String(now / 1000 + 60),
      date: new Date(now).toUTCString(),
      ...given,
    };
    limit.note(200, headers, now);
    return limit.pauseMs(now);
  }

  test('does not wait while plenty remains', () => {
    expect([pauseAt(2_000), pauseAt(500)]).toEqual([0, 0]);
    expect(createRateLimit().pauseMs(now)).toBe(0);
  });

  test('has half of what remains, evenly until the limit begins anew', () => {
    expect([pauseAt(499), pauseAt(240), pauseAt(4)].map(Math.round)).toEqual([240, 500, 30_000]);
  });

  test('waits for that when next to nothing remains', () => {
    expect([pauseAt(2), pauseAt(1), pauseAt(0)]).toEqual([60_000, 60_000, 60_000]);
  });

  test('waits no longer than everything else when the limit is past', () => {
    expect(pauseAt(1, { 'ratelimit-reset': String(now / 1000 - 1) })).toBe(0);
  });

  test('waits when all else does', () => {
    const limit = createRateLimit();
    limit.note(429, { 'retry-after': '7' }, now);
    limit.note(200, {}, now);
    expect([limit.pauseMs(now), limit.pauseMs(now + 7_000)]).toEqual([7_000, 0]);
  });

  test('goes on as soon as an answer shows that there is plenty again', () => {
    const limit = createRateLimit();
    const of = (remaining: string) => ({
      'ratelimit-limit': '2000',
      'ratelimit-remaining': remaining,
      'ratelimit-reset': String(now / 1000 + 60),
      date: new Date(now).toUTCString(),
    });
    limit.note(200, of('2'), now);
    limit.note(200, of('1999'), now);
    expect(limit.pauseMs(now)).toBe(0);
  });
});
