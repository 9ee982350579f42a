import { describe, expect, test } from 'vitest';
import { triggerRow } from '../../../src/http/dashboard/trigger-row.ts';
import type { JobId } from '../../../src/domain/ids.ts';
import type { FailedJob } from '../../../src/domain/trigger/job.ts';
import type { Trigger } from '../../../src/domain/trigger/trigger.ts';
import { aJob, aRunning, aTrigger } from '../../fakes/triggers.ts';
import { plainText } from './plain-text.ts';

const aFailedJob = (name: string): FailedJob => ({
  id: 1 as JobId,
  name,
  stage: 'test',
  webUrl: null,
  failureReason: null,
  traceTail: null,
});

const failed = (names: readonly string[]): Trigger => ({
  ...aTrigger(),
  state: {
    kind: 'finished',
    pipeline: null,
    outcome: 'failed',
    reason: null,
    failedJobs: names.map(aFailedJob),
    finishedAt: 0,
  },
});

const rowOf = (trigger: Trigger): string =>
  triggerRow(trigger, { waiters: 0, hookProblem: null }, 0).toString();

test('a trigger that failed says by which jobs, escaped', () => {
  const row = rowOf(failed(['<unit>', 'lint', 'e2e']));
  expect(row).toContain('<bdi>&lt;unit&gt;</bdi>, <bdi>lint</bdi>');
  expect(row).toContain('and 1 more');
  expect(row).toContain('<span class="note">failed</span>');
});

test('one without any known says nothing', () => {
  expect(rowOf(failed([]))).toContain('–');
});

describe('the jobs in a row', () => {
  const textOf = (trigger: Trigger): string =>
    plainText(triggerRow(trigger, { waiters: 0, hookProblem: null }, 0));

  test.each([
    [['a'], 'a 0'],
    [['a', 'b'], 'a , b 0'],
    [['a', 'b', 'c'], 'a , b and 1 more 0'],
  ])('are two of those under way, and the number of the others: %j', (names, text) => {
    const jobs = names.map((name) => aJob(name, 'running'));
    expect(textOf(aRunning({}, { jobs }))).toContain(`running group/app main #101 ${text}`);
  });

  test('are to be played where one of them blocks the pipeline', () => {
    expect(textOf(aRunning({}, { jobs: [aJob('a', 'manual')] }))).toContain('#101 a to be played 0');
    expect(textOf(aRunning({}, { jobs: [aJob('a', 'running')] }))).not.toContain('to be played');
  });
});

test('a row without jobs has the reason of its delay, else what it waits for', () => {
  const waits = (trigger: Trigger): string =>
    plainText(triggerRow(trigger, { waiters: 2, hookProblem: null }, 0));
  const late = {
    ...aTrigger(),
    state: { kind: 'requested', lastError: 'no answer', inDoubtUntil: null },
  } as const;
  expect(waits(late)).toContain('group/app main no answer 2');
  expect(waits(aTrigger())).toMatch(/^starting group\/app main .*GitLab 2 /);
});

test('a row says what keeps webhooks from arriving', () => {
  const row = (hookProblem: string | null): string =>
    plainText(triggerRow(aTrigger(), { waiters: 0, hookProblem }, 0));
  expect(row('there is none')).toContain('no healthy hook there is none 0');
  expect(row(null)).not.toContain('healthy');
});
