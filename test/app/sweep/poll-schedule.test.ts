import { describe, expect, test } from 'vitest';
import type { TriggerId } from '../../../src/domain/ids.ts';
import { createPollSchedule } from '../../../src/app/sweep/poll-schedule.ts';
import { aRunning, start } from '../../fakes/triggers.ts';

const quietMs = 60_000;
const begin = (startedAt = start) => createPollSchedule({ quietMs, startedAt, random: () => 0.5 });
const quiet = (id: string, observedAt = start) => ({ ...aRunning(), id: id as TriggerId, observedAt });
const [a, b] = [quiet('trg_a'), quiet('trg_b')];

/** The first second from which a trigger is due; null within an hour. */
function dueAfter(schedule: ReturnType<typeof begin>, { id }: { id: TriggerId }): number | null {
  for (let seconds = 0; seconds <= 3600; seconds += 1)
    if (schedule.isDue(id, start + seconds * 1000)) return seconds;
  return null;
}

describe('a trigger', () => {
  test('that is not known is never due', () => expect(dueAfter(begin(), a)).toBeNull());

  test('is due some time after its last update, and no more once it is not quiet', () => {
    const schedule = begin();
    schedule.note([a], start);
    const due = dueAfter(schedule, a);
    expect(due).toBeGreaterThan(10);
    schedule.note([b], start);
    expect(dueAfter(schedule, a)).toBeNull();
    expect(dueAfter(schedule, b)).toBe(due);
  });

  test('keeps its time while nothing new is known of it, and gets another with an update', () => {
    const schedule = begin();
    schedule.note([a], start);
    const due = dueAfter(schedule, a) ?? 0;
    schedule.note([a], start + 5_000);
    expect(dueAfter(schedule, a)).toBe(due);
    schedule.note([quiet('trg_a', start + 7_000)], start + 8_000);
    expect(dueAfter(schedule, a)).toBeGreaterThanOrEqual(due + 7);
  });

  test('that has been polled is due an interval later', () => {
    const schedule = begin();
    schedule.note([a], start);
    const due = dueAfter(schedule, a) ?? 0;
    schedule.takeUp(a, start + due * 1000);
    expect(dueAfter(schedule, a)).toBe(due * 2);
  });
});

describe('the time of a poll', () => {
  test.each<[string, (schedule: ReturnType<typeof begin>) => void, (usual: number) => number | null]>([
    ['is put off', (schedule) => schedule.postpone(a.id, start + 1_000_000), () => 1000],
    [
      'is never moved forward by putting it off',
      (schedule) => schedule.postpone(a.id, start + 1_000),
      (usual) => usual,
    ],
    ['is now, if it is hastened', (schedule) => schedule.hasten(a.id, start + 3_000), () => 3],
    [
      'is never put off by hastening it',
      (schedule) => schedule.hasten(a.id, start + 1_000_000),
      (usual) => usual,
    ],
    ['of another trigger stays', (schedule) => schedule.hasten(b.id, start), (usual) => usual],
  ])('%s', (_name, move, expected) => {
    const [usual, schedule] = [begin(), begin()];
    usual.note([a], start);
    schedule.note([a], start);
    move(schedule);
    expect(dueAfter(schedule, a)).toBe(expected(dueAfter(usual, a) ?? -1));
  });

  test('is none for a trigger that is not known', () => {
    const schedule = begin();
    schedule.hasten(a.id, start);
    schedule.postpone(a.id, start);
    schedule.retry(a.id, start);
    expect(dueAfter(schedule, a)).toBeNull();
  });
});

describe('what became overdue while no process polled', () => {
  const timesOf = (count: number): readonly number[] => {
    const schedule = begin(start + 1);
    const overdue = Array.from({ length: count }, (_, index) => quiet(`trg_${index}`));
    schedule.note(overdue, start);
    return overdue.map((trigger) => dueAfter(schedule, trigger) ?? Infinity);
  };

  test('is due ten a second, in its order', () => {
    const times = timesOf(25);
    expect(times).toEqual(Array.from({ length: 25 }, (_, index) => Math.floor(index / 10)));
  });

  test('is due within the interval, however much it is', () => {
    const times = timesOf(2_000);
    expect(Math.max(...times)).toBe(54);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
  });
});
