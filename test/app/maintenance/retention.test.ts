import { expect, test } from 'vitest';
import { keepRetention } from '../../../src/app/maintenance/retention.ts';
import type { Prune } from '../../../src/app/ports/index.ts';
import { createFakeClock } from '../../fakes/fake-clock.ts';

import { createInterceptor, failing } from '../../fakes/intercept.ts';
import { storageUnavailable } from '../../fakes/failures.ts';

const dayMs = 86_400_000;

function begin() {
  const clock = createFakeClock();
  const stopping = new AbortController();
  const asked: { readonly before: number; readonly now: number }[] = [];
  const lines: string[] = [];
  const log = (_fields: object, message: string): void => void lines.push(message);
  const prune: Prune = (before, now) => {
    asked.push({ before, now });
    return Promise.resolve({ triggers: asked.length === 1 ? 0 : 3, deliveries: 0 });
  };
  const auditAsked: number[] = [];
  const audit = {
    prune: (before: number) => {
      auditAsked.push(clock.now() - before);
      return Promise.resolve(0);
    },
  };
  const interceptor = createInterceptor<{ prune: Prune }>();
  const running = keepRetention(
    {
      ...interceptor.wrap({ prune }),
      audit,
      clock,
      log: { info: log, warn: log, error: log },
      retentionDays: 30,
      auditRetentionDays: 365,
    },
    stopping.signal,
  );
  return { clock, asked, auditAsked, lines, next: interceptor.next, stopping, running };
}

test('once a day removes what is older than the retention, but not in the first minute', async () => {
  const { clock, asked, auditAsked, lines } = begin();
  await clock.advance(59_999);
  expect(asked).toEqual([]);
  await clock.advance(1);
  await clock.advance(2 * dayMs);
  expect(asked).toHaveLength(3);
  for (const { before, now } of asked) expect(now - before).toBe(30 * dayMs);
  expect(auditAsked).toEqual(Array(3).fill(365 * dayMs));
  expect(lines).toEqual(['pruned', 'pruned']);
});

test('what fails is done the next day', async () => {
  const { clock, asked, lines, next } = begin();
  next('prune', failing(storageUnavailable()));
  await clock.advance(60_000 + dayMs);
  expect([asked.length, lines]).toEqual([1, ['not pruned']]);
});

test('ends with the signal', async () => {
  const { clock, asked, stopping, running } = begin();
  await clock.advance(60_000);
  stopping.abort();
  await running;
  await clock.advance(10 * dayMs);
  expect(asked).toHaveLength(1);
});
