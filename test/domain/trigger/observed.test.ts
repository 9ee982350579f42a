import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TriggerEvent } from '../../../src/domain/trigger/event.ts';
import { after, aJob, aRunning, hook, read, sharedHook, start } from '../../fakes/triggers.ts';

const minute = 60_000;
const at = (ms: number, event: TriggerEvent): TriggerEvent => ({ ...event, at: start + ms });
const heardAfter = (...events: readonly TriggerEvent[]): number =>
  after(aRunning({}, { status: 'pending' }), ...events).observedAt - start;

test.each<[string, TriggerEvent, number]>([
  ['an answer of GitLab', read('running'), minute],
  ['a hook by a secret of the project', hook('running'), minute],
  ['a hook by a shared secret', sharedHook('running'), 0.8 * minute],
  ['a job hook by a shared secret', { type: 'jobSeen', at: start, job: aJob('a', 'running') }, 0.8 * minute],
  [
    'a job hook that proves it',
    { type: 'jobSeen', at: start, job: aJob('a', 'running'), isProof: true },
    minute,
  ],
])('a trigger was heard of by %s', (_what, event, heardMs) => {
  expect(heardAfter(at(minute, event))).toBe(heardMs);
});

test('what proves nothing counts from the last proof on', () => {
  expect(heardAfter(at(minute, read('running')), at(2 * minute, sharedHook('pending')))).toBe(1.8 * minute);
});

test('hooks that prove nothing fall behind the clock, and never set a trigger back', () => {
  const times = fc.array(fc.integer({ min: 1, max: 10 * minute }), { minLength: 1 });
  fc.assert(
    fc.property(times, (gaps) => {
      let now = 0;
      let heard = 0;
      for (const [index, gap] of gaps.entries()) {
        now += gap;
        const status = index % 2 === 0 ? 'running' : 'pending';
        const trigger = aRunning({}, { status: 'created', observedAt: start + heard });
        const next = after(trigger, at(now, sharedHook(status))).observedAt - start;
        expect(next).toBeGreaterThanOrEqual(heard);
        expect(next).toBeLessThanOrEqual(0.8 * now);
        heard = next;
      }
    }),
  );
});
