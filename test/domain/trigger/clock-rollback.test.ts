import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/domain/trigger/decide.ts';
import type { Trigger } from '../../../src/domain/trigger/trigger.ts';
import { aRunning, aTrigger, outcomeOf, start } from '../../fakes/triggers.ts';

const day = 24 * 3_600_000;
const setBackTo = (trigger: Trigger, at: number) => decide(trigger, { type: 'clockSetBack', at }).next;

describe('after the time of day was set back', () => {
  test('a trigger was heard of just now, and has as long before it as it had', () => {
    const trigger = aRunning({}, { deadlineAt: start + 3_600_000 });
    expect(setBackTo(trigger, start - day)).toEqual({
      ...trigger,
      observedAt: start - day,
      updatedAt: start - day,
      deadlineAt: start - day + 3_600_000,
    });
  });

  test('one that was quiet for a while still was', () => {
    const trigger = aRunning({}, { observedAt: start - 50_000, updatedAt: start });
    expect(setBackTo(trigger, start - day).observedAt).toBe(start - day - 50_000);
  });

  test('a request that may have been carried out is inDoubt for as long as it was, or for ever', () => {
    const inDoubt = (inDoubtUntil: number | null): Trigger => ({
      ...aTrigger(),
      state: { kind: 'requested', lastError: null, inDoubtUntil },
    });
    const untilOf = (trigger: Trigger) =>
      trigger.state.kind === 'requested' ? trigger.state.inDoubtUntil : undefined;
    expect(untilOf(setBackTo(inDoubt(start + 60_000), start - day))).toBe(start - day + 60_000);
    for (const endless of [null, Number.MAX_SAFE_INTEGER])
      expect(untilOf(setBackTo(inDoubt(endless), start - day))).toBe(endless);
  });

  test('its deadline comes when it would have come', () => {
    const trigger = setBackTo(aRunning({ deadlineSeconds: 60 }), start - day);
    const at = (ms: number) => decide(trigger, { type: 'deadlinePassed', at: start - day + ms }).next;
    expect([outcomeOf(at(59_999)), outcomeOf(at(60_000))]).toEqual([null, 'deadline']);
  });
});

test.each([0, 1, day])('nothing changes when the time went on by %i ms', (ms) => {
  const trigger = aRunning();
  expect(setBackTo(trigger, start + ms)).toBe(trigger);
});
