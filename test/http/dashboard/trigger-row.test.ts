import { expect, test } from 'vitest';
import { triggerRow } from '../../../src/http/dashboard/trigger-row.ts';
import type { JobId } from '../../../src/domain/ids.ts';
import type { FailedJob } from '../../../src/domain/trigger/job.ts';
import type { Trigger } from '../../../src/domain/trigger/trigger.ts';
import { aTrigger } from '../../fakes/triggers.ts';

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
