import { expect, test } from 'vitest';
import { createAttendance } from '../../../src/app/diagnostics/presence.ts';
import type { TriggerId } from '../../../src/domain/ids.ts';

const id = 'trg_1' as TriggerId;

function begin() {
  let now = 1_000;
  const attendance = createAttendance({ now: () => now });
  const arrive = (caller: string, from = '192.0.2.1') => attendance.arrive(id, caller, from);
  const leave = (place: ReturnType<typeof arrive>): void => attendance.leave(place);
  const of = (trigger: string) => attendance.of(trigger as TriggerId);
  return { arrive, leave, of, pass: (ms: number) => void (now += ms) };
}

test('those of one caller at one address are counted together, since the first of them came', () => {
  const { arrive, leave, of, pass } = begin();
  const places = [arrive('ci')];
  pass(10);
  places.push(arrive('ci'), arrive('ci', '192.0.2.2'), arrive('ops'));
  expect(of(id)).toEqual([
    { caller: 'ci', from: '192.0.2.1', count: 2, since: 1_000 },
    { caller: 'ci', from: '192.0.2.2', count: 1, since: 1_010 },
    { caller: 'ops', from: '192.0.2.1', count: 1, since: 1_010 },
  ]);
  for (const place of places) leave(place);
  expect(of(id)).toEqual([]);
  expect(of('trg_2')).toEqual([]);
});

test('one who comes back at once has waited all the time; one who comes late begins again', () => {
  const { arrive, leave, of, pass } = begin();
  leave(arrive('ci'));
  pass(4_999);
  leave(arrive('ci'));
  pass(4_999);
  const place = arrive('ci');
  expect(of(id)[0]?.since).toBe(1_000);
  leave(place);
  pass(5_000);
  arrive('ci');
  expect(of(id)[0]?.since).toBe(15_998);
});

test('ten thousand weigh as much as one', () => {
  const { arrive, of } = begin();
  const places = new Set(Array.from({ length: 10_000 }, () => arrive('ci')));
  expect([places.size, of(id)[0]?.count]).toEqual([1, 10_000]);
});
