import { describe, expect, test } from 'vitest';
import type { PipelineId, TriggerId } from '../../../src/domain/ids.ts';
import { wantedStatus } from '../../../src/domain/trigger/report.ts';
import { countedOnGate, isSupersededBy, isTakenBy } from '../../../src/domain/trigger/upstream-reports.ts';
import type { Outcome, Trigger } from '../../../src/domain/trigger/trigger.ts';
import { isOpen, needsSecrets, outcomes, requested } from '../../../src/domain/trigger/trigger.ts';
import { aRequest } from '../../fakes/triggers.ts';

const upstream = { project: 'group/parent', pipelineId: 99 as PipelineId, jobId: null };

function aTrigger(id: string, at: number, request: object = {}): Trigger {
  const report = { gate: 'gate', commitStatus: 'status' };
  return requested(id as TriggerId, 'ci', { ...aRequest(), upstream, report, ...request }, at);
}

const ended = (trigger: Trigger, outcome: Outcome): Trigger => ({
  ...trigger,
  state: { kind: 'finished', pipeline: null, outcome, reason: null, failedJobs: [], finishedAt: 5 },
});

test('a commit status is success, canceled or failed at the end', () => {
  const shown = Object.fromEntries(
    outcomes.map((outcome) => [outcome, wantedStatus(ended(aTrigger('a', 1), outcome))]),
  );
  expect(shown).toEqual({
    success: 'success',
    manual_passed: 'success',
    canceled: 'canceled',
    failed: 'failed',
    skipped: 'failed',
    manual: 'failed',
    deadline: 'failed',
    error: 'failed',
  });
});

describe('of the triggers that name a gate', () => {
  const [a, retried, b] = [aTrigger('a', 1), aTrigger('r', 2), aTrigger('b', 3, { ref: 'v2' })];

  test('the newest of each project and ref counts, oldest first', () => {
    expect(countedOnGate([b, a, retried])).toEqual([retried, b]);
  });

  test('a path in other letters is the same project', () => {
    expect(countedOnGate([a, aTrigger('c', 2, { project: 'Group/App' })])).toHaveLength(1);
  });
});

test.for([
  ['other work of the same pipeline', { ref: 'v2' }, true],
  ['the same work', {}, false],
  ['another upstream pipeline', { ref: 'v2', upstream: { ...upstream, pipelineId: 98 } }, false],
  ['another GitLab', { ref: 'v2', gitlabUrl: 'https://other.example.com' }, false],
  ['another name', { ref: 'v2', report: { gate: null, commitStatus: 'x' } }, false],
] as const)('a status name is in use by %s: %s', ([, request, isTaken]) => {
  expect(isTakenBy(aTrigger('b', 2), aTrigger('a', 1, request))).toBe(isTaken);
});

test('a finished trigger keeps no name in use', () => {
  expect(isTakenBy(aTrigger('b', 2), ended(aTrigger('a', 1, { ref: 'v2' }), 'success'))).toBe(false);
});

test('a status is superseded by the newer trigger of the same work alone', () => {
  const [older, newer] = [aTrigger('a', 1), aTrigger('b', 2)];
  expect([isSupersededBy(older, newer), isSupersededBy(newer, older), isSupersededBy(older, older)]).toEqual([
    true,
    false,
    false,
  ]);
});

test('a finished trigger with a report to make is open, but of no use for its secrets', () => {
  const trigger = ended(aTrigger('a', 1), 'failed');
  expect([isOpen(trigger), needsSecrets(trigger)]).toEqual([true, false]);
});
