import { expect, test } from 'vitest';
import { createCallQuota } from '../../../src/app/project-hooks/call-quota.ts';
import { createFakeClock } from '../../fakes/fake-clock.ts';

test('five in any minute, for each key', async () => {
  const clock = createFakeClock();
  const quota = createCallQuota(clock);
  for (let count = 1; count <= 5; count += 1) {
    expect(quota('test group/app')).toBe(0);
    await clock.advance(10_000);
  }
  expect(quota('test group/app')).toBe(10_000);
  expect(quota('resend group/app')).toBe(0);
  await clock.advance(10_000);
  expect(quota('test group/app')).toBe(0);
  expect(quota('test group/app')).toBe(10_000);
});
