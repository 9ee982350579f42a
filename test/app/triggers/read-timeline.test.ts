import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RecordedEntry } from '../../../src/app/ports/index.ts';
import { createTimelineReader } from '../../../src/app/triggers/read-timeline.ts';
import type { TriggerId } from '../../../src/domain/ids.ts';
import type { TimelineEntry } from '../../../src/domain/trigger/timeline.ts';

const id = 'trg_1' as TriggerId;
const job: TimelineEntry = { type: 'job', id: 1, name: 'build', stage: 'build', status: 'running' };
const pending: TimelineEntry = { type: 'state', state: 'pending' };
const ended: readonly TimelineEntry[] = [
  { type: 'state', state: 'finished' },
  { type: 'outcome', outcome: 'success', reason: null, failedJobs: [] },
];
const jobs = (count: number): readonly TimelineEntry[] => Array.from({ length: count }, () => job);

function storeOf(all: readonly TimelineEntry[]) {
  const rows: readonly RecordedEntry[] = all.map((entry, index) => ({ sequence: index + 1, at: 0, entry }));
  const asked: number[] = [];
  return {
    asked,
    timeline: (_id: TriggerId, after: number, most = Infinity) => {
      asked.push(most);
      return Promise.resolve(rows.slice(after, after + most));
    },
  };
}

async function readAll(all: readonly TimelineEntry[]) {
  const store = storeOf(all);
  const reader = createTimelineReader(store, id, 0);
  const sequences: number[] = [];
  for (;;) {
    const { entries, next } = await reader.next();
    sequences.push(...entries.map(({ sequence }) => sequence));
    if (next !== 'more') return { sequences, next, asked: store.asked };
  }
}

test('reads thousands of entries in parts of at most 500', async () => {
  const { sequences, next, asked } = await readAll([pending, ...jobs(20_000), ...ended]);
  expect(sequences).toEqual(Array.from({ length: 20_003 }, (_, index) => index + 1));
  expect([next, Math.max(...asked)]).toEqual(['end', 500]);
});

test('entries, an outcome and a retry anywhere: ends at the last outcome, and nowhere else', async () => {
  const part = fc.oneof(
    fc.constantFrom(0, 1, 2, 496, 497, 498, 499, 500, 501, 999, 1_000).map(jobs),
    fc.constant(ended),
    fc.constant([...ended, ...jobs(3), pending]),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 6 }), async (parts) => {
      const all = [pending, ...parts.flat()];
      const last = all.findLastIndex(({ type }) => type === 'state' || type === 'outcome');
      const isEnded = all[last]?.type === 'outcome';
      const { sequences, next } = await readAll(all);
      const count = isEnded ? last + 1 : all.length;
      expect([next, sequences]).toEqual([
        isEnded ? 'end' : 'wait',
        Array.from({ length: count }, (_, index) => index + 1),
      ]);
    }),
  );
});

test.each([
  ['the outcome', [pending, ...ended], 3, true],
  ['the outcome, with thousands of entries after it', [pending, ...ended, ...jobs(2_000)], 3, true],
  [
    'the outcome, and it was retried after thousands of entries',
    [...ended, ...jobs(2_000), pending],
    2,
    false,
  ],
  ['all but the outcome', [pending, ...ended], 2, false],
])('a reader that has seen %s', async (_seen, all, after, isUnchanged) => {
  expect(await createTimelineReader(storeOf(all), id, after).isUnchanged()).toBe(isUnchanged);
});
