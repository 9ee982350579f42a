import { expect, test } from 'vitest';
import { relativeTime, timeAgo } from '../../../src/http/dashboard/time.ts';

const now = Date.UTC(2026, 10, 28, 9, 30);

test.each([
  [0, 'now'],
  [-999, 'now'],
  [-1_000, '1 second ago'],
  [-59_999, '59 seconds ago'],
  [-60_000, '1 minute ago'],
  [-3_600_000, '1 hour ago'],
  [-47 * 3_600_000, 'yesterday'],
  [-3 * 86_400_000, '3 days ago'],
  [86_399_000, 'in 23 hours'],
])('%i ms away is written as %s', (distance, text) => expect(relativeTime(now + distance, now)).toBe(text));

test('the moment itself lies behind it', () => {
  expect(timeAgo(now, now + 60_000).toString()).toBe(
    '<time datetime="2026-11-28T09:30:00.000Z" title="2026-11-28 09:30:00 UTC">1 minute ago</time>',
  );
});
