import { expect, test } from 'vitest';
import { describe as described } from '../../../src/domain/trigger/describe-history.ts';
import { endSeenView, lateText } from '../../../src/domain/trigger/end-seen.ts';
import type { Origin, TriggerEvent } from '../../../src/domain/trigger/event.ts';
import { changesBetween } from '../../../src/domain/trigger/timeline.ts';
import { aJob, aRunning, aSnapshot, after, hook, read, start } from '../../fakes/triggers.ts';

const success = [aJob('unit', 'success')];

function readFor(why: Origin['why'], endedAt?: number): TriggerEvent {
  const event = read('success', success);
  if (event.type !== 'pipelineRead') throw new Error('not a read');
  const pipeline = endedAt === undefined ? event.pipeline : { ...event.pipeline, endedAt };
  return { ...event, at: start + 60_000, pipeline, ...(why === undefined ? {} : { origin: { why } }) };
}

test.each<[string, TriggerEvent, object]>([
  ['by the sweep', readFor('sweep', start + 7_400), { endSeenBy: 'poll', endSeenLateSeconds: 53 }],
  ['on request', readFor('user_request', start), { endSeenBy: 'poll', endSeenLateSeconds: 60 }],
  [
    'with a clock behind GitLab’s',
    readFor('sweep', start + 99_000),
    { endSeenBy: 'poll', endSeenLateSeconds: 0 },
  ],
  ['without a time of the end', readFor('sweep'), { endSeenBy: 'poll' }],
  ['after a webhook', readFor('hook', start + 59_000), { endSeenBy: 'hook', endSeenLateSeconds: 1 }],
  ['after an action of the service', readFor('action', start), {}],
  ['by the deadline', { type: 'deadlinePassed', at: start + 1e12 }, {}],
])('an end that is seen %s', (_how, event, expected) => {
  expect(endSeenView(after(aRunning(), event))).toEqual(expected);
});

test('a trigger that is retried has no end, and later one of its own', () => {
  const ended = after(aRunning(), {
    ...readFor('sweep', start),
    pipeline: { ...aSnapshot('failed'), jobs: [], failedJobs: [] },
  } as TriggerEvent);
  expect(endSeenView(ended)).toMatchObject({ endSeenBy: 'poll' });
  expect(endSeenView(after(ended, { type: 'retryRequested', at: start }))).toEqual({});
});

test('the timeline says so, for an end that no webhook reported only', () => {
  const before = aRunning();
  const entries = changesBetween(before, after(before, readFor('sweep', start + 7_000)));
  expect(entries.map(described).at(-1)?.text).toBe(
    'success; found by polling 53 s late: no webhook from group/app; run hooks doctor',
  );
  const hooked = after(before, hook('running', [aJob('unit', 'running')]));
  const byHook = changesBetween(hooked, after(hooked, readFor('hook', start)));
  expect(byHook.map(described).at(-1)?.text).toBe('success');
});

test('an unknown delay and an unknown project are left out', () => {
  expect(lateText(undefined, null)).toBe('found by polling: no webhook from the project; run hooks doctor');
});

test('a poll that was faster than a webhook, of a trigger whose webhooks arrive, is no note', () => {
  const hooked = after(aRunning(), hook('running', [aJob('unit', 'running')]));
  const textAt = (endedAt: number): string | undefined =>
    changesBetween(hooked, after(hooked, readFor('sweep', endedAt)))
      .map(described)
      .at(-1)?.text;
  expect(textAt(start + 45_001)).toBe('success');
  expect(textAt(start + 45_000)).toContain('found by polling 15 s late');
});
