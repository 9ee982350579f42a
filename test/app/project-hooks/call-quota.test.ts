import { expect, test } from 'vitest';
import { createPace } from '../../../src/app/project-hooks/call-quota.ts';
import { createFakeClock } from '../../fakes/fake-clock.ts';

test('five in any minute, for each key', async () => {
  const clock = createFakeClock();
  const pace = createPace(clock);
  for (let count = 1; count <= 5; count += 1) {
    expect(pace('test group/app')).toBe(0);
    await clock.advance(10_000);
  }
  expect(pace('test group/app')).toBe(10_000);
  expect(pace('resend group/app')).toBe(0);
  await clock.advance(10_000);
  expect(pace('test group/app')).toBe(0);
  expect(pace('test group/app')).toBe(10_000);
});
