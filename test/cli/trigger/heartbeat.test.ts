import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { elapsedText } from '../../../src/cli/trigger/elapsed.ts';
import { startHeartbeat } from '../../../src/cli/trigger/heartbeat.ts';
import type { Progress } from '../../../src/cli/trigger/progress.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] }));
afterEach(() => void vi.useRealTimers());

const job = (name: string, status: string): Progress => ({ type: 'job', id: 1, name, stage: 'test', status });

function begin() {
  const notes: string[] = [];
  return { notes, heartbeat: startHeartbeat((note) => notes.push(note), Date.now) };
}

test('a note a minute says how long the command has waited, and which jobs run', () => {
  const { notes, heartbeat } = begin();
  heartbeat.see(job('build', 'running'));
  vi.advanceTimersByTime(59_999);
  expect(notes).toEqual([]);
  vi.advanceTimersByTime(1);
  heartbeat.see(job('build', 'success'));
  heartbeat.see(job('unit', 'pending'));
  vi.advanceTimersByTime(60_000);
  expect(notes).toEqual(['still waiting after 1m 0s; running: build', 'still waiting after 2m 0s']);
  heartbeat.stop();
  vi.advanceTimersByTime(600_000);
  expect(notes).toHaveLength(2);
});

test('of many running jobs five are named', () => {
  const { notes, heartbeat } = begin();
  for (let index = 1; index <= 7; index += 1) heartbeat.see(job(`j${index}`, 'running'));
  vi.advanceTimersByTime(60_000);
  expect(notes).toEqual(['still waiting after 1m 0s; running: j1, j2, j3, j4, j5 and 2 more']);
  heartbeat.stop();
});

test.each([
  [0, '0s'],
  [59_400, '59s'],
  [59_600, '1m 0s'],
  [3_599_000, '59m 59s'],
  [7_260_000, '2h 1m'],
  [-5, '0s'],
])('%i ms are %s', (ms, text) => {
  expect(elapsedText(ms)).toBe(text);
});
