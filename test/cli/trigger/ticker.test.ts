import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Command } from '../../../src/cli/trigger/command.ts';
import { readCommand } from '../../../src/cli/trigger/read-command.ts';
import { createTicker } from '../../../src/cli/trigger/ticker.ts';
import type { TimelineEntry } from '../../../src/domain/trigger/timeline.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const status = (word: string): TimelineEntry => ({
  type: 'status',
  pipelineId: 1,
  status: word,
  webUrl: null,
});
const played: TimelineEntry = { type: 'played', id: 1, name: 'deploy', stage: 'prod' };

function start(args: readonly string[]) {
  const command = readCommand(['-p', 'p', '-t', 'main', '1', ...args], {}) as Command;
  let ticks = 0;
  const ticker = createTicker(command, () => (ticks += 1));
  return { ...ticker, ticks: () => ticks };
}

test('a look comes with the pipeline, then every -s seconds, until it is stopped', () => {
  const { see, stop, ticks } = start(['-s', '3']);
  see(status('created'));
  see(status('running'));
  expect(ticks()).toBe(1);
  vi.advanceTimersByTime(6_500);
  expect(ticks()).toBe(3);
  stop();
  vi.advanceTimersByTime(60_000);
  expect(ticks()).toBe(3);
});

test('the play that a blocked pipeline is waiting for comes before the look', () => {
  const { see, ticks } = start(['--on-manual', 'play']);
  see(status('manual'));
  vi.advanceTimersByTime(9_000);
  expect(ticks()).toBe(0);
  see(played);
  expect(ticks()).toBe(1);
});

test('a play that does not come is not waited for too long', () => {
  const { see, ticks } = start(['--on-manual', 'play', '-s', '3600']);
  see(status('skipped'));
  vi.advanceTimersByTime(10_000);
  expect(ticks()).toBe(1);
});

test('a wait of years between two looks is no wait of a millisecond', () => {
  const { see, ticks } = start(['-s', '99999999']);
  see(status('running'));
  vi.advanceTimersByTime(1_000);
  expect(ticks()).toBe(1);
});
