import { expect, test } from 'vitest';
import { decide, outstanding } from '../../../src/domain/trigger/decide.ts';
import type { GroupId } from '../../../src/domain/ids.ts';
import type { Trigger } from '../../../src/domain/trigger/trigger.ts';
import { isOpen, needsSecrets } from '../../../src/domain/trigger/trigger.ts';
import { aTrigger } from '../../fakes/triggers.ts';

const waiting: Trigger = {
  ...aTrigger({ deadlineSeconds: 60 }, { caller: 'key', at: 0 }),
  membership: { group: 'grp_1' as GroupId, member: 'app', isWaiting: true },
};
const skipped = decide(waiting, { type: 'memberSkipped', at: 7, reason: 'not needed' }).next;

test('a member that waits needs no work', () => {
  expect(outstanding(waiting)).toEqual([]);
});

test('a member that its group starts has its whole time from there', () => {
  const { next, actions } = decide(waiting, { type: 'memberStarted', at: 5_000 });
  expect(actions).toEqual([{ type: 'start' }]);
  expect(outstanding(next)).toEqual([{ type: 'start' }]);
  expect(next.deadlineAt).toBe(65_000);
  expect(decide(next, { type: 'memberStarted', at: 6_000 })).toEqual({ next, actions: [] });
  expect(decide(next, { type: 'memberSkipped', at: 6_000, reason: 'late' })).toEqual({ next, actions: [] });
});

test('a member that is skipped keeps its secrets for a retry, and needs no work', () => {
  expect(skipped.state).toMatchObject({ kind: 'finished', outcome: 'skipped', reason: 'not needed' });
  expect(needsSecrets(skipped)).toBe(true);
  expect(isOpen(skipped)).toBe(false);
});

test('a member without a pipeline waits again when its group is retried', () => {
  const { next, actions } = decide(skipped, { type: 'memberQueued', at: 9, deadlineAt: 99 });
  expect(actions).toEqual([]);
  expect(next).toMatchObject({
    state: { kind: 'requested' },
    membership: { isWaiting: true },
    deadlineAt: 99,
  });
});

test('a trigger outside of a group is no member', () => {
  const plain = aTrigger({ deadlineSeconds: 60 }, { id: 'trg_2', caller: 'key', at: 0 });
  for (const event of [
    { type: 'memberStarted', at: 1 },
    { type: 'memberSkipped', at: 1, reason: 'x' },
    { type: 'memberQueued', at: 1, deadlineAt: 2 },
  ] as const)
    expect(decide(plain, event)).toEqual({ next: plain, actions: [] });
});
