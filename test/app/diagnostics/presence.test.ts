import { expect, test } from 'vitest';
import { createPresence } from '../../../src/app/diagnostics/presence.ts';
import type { TriggerId } from '../../../src/domain/ids.ts';

const id = 'trg_1' as TriggerId;

function begin() {
  let now = 1_000;
  const presence = createPresence({ now: () => now });
  const enter = (caller: string, from = '192.0.2.1') => presence.enter(id, caller, from);
  const leave = (entry: ReturnType<typeof enter>): void => presence.leave(entry);
  const of = (trigger: string) => presence.of(trigger as TriggerId);
  return { enter, leave, of, pass: (ms: number) => void (now += ms) };
}

test('those of one caller at one address are counted together, since the first of them came', () => {
  const { enter, leave, of, pass } = begin();
  const entries = [enter('ci')];
  pass(10);
  entries.push(enter('ci'), enter('ci', '192.0.2.2'), enter('ops'));
  expect(of(id)).toEqual([
    { caller: 'ci', from: '192.0.2.1', count: 2, since: 1_000 },
    { caller: 'ci', from: '192.0.2.2', count: 1, since: 1_010 },
    { caller: 'ops', from: '192.0.2.1', count: 1, since: 1_010 },
  ]);
  for (const entry of entries) leave(entry);
  expect(of(id)).toEqual([]);
  expect(of('trg_2')).toEqual([]);
});

test('a caller who returns within five seconds keeps its start time; a later return starts again', () => {
  const { enter, leave, of, pass } = begin();
  leave(enter('ci'));
  pass(4_999);
  leave(enter('ci'));
  pass(4_999);
  const entry = enter('ci');
  expect(of(id)[0]?.since).toBe(1_000);
  leave(entry);
  pass(5_000);
  enter('ci');
  expect(of(id)[0]?.since).toBe(15_998);
});

test('ten thousand weigh as much as one', () => {
  const { enter, of } = begin();
  const entries = new Set(Array.from({ length: 10_000 }, () => enter('ci')));
  expect([entries.size, of(id)[0]?.count]).toEqual([1, 10_000]);
});
