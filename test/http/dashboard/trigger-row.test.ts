import { describe, expect, test } from 'vitest';
import { triggerRow, triggerTable } from '../../../src/http/dashboard/trigger-row.ts';
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
    [['a'], 'a ci'],
    [['a', 'b'], 'a , b ci'],
    [['a', 'b', 'c'], 'a , b and 1 more ci'],
  ])('are two of those under way, and the number of the others: %j', (names, text) => {
    const jobs = names.map((name) => aJob(name, 'running'));
    expect(textOf(aRunning({}, { jobs }))).toContain(`running group/ app main #101 ${text}`);
  });

  test('are to be played where one of them blocks the pipeline', () => {
    expect(textOf(aRunning({}, { jobs: [aJob('a', 'manual')] }))).toContain('#101 a to be played ci');
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
  expect(waits(late)).toMatch(/^GitLab unreachable group\/ app main – – no answer ci .* 2$/);
  expect(waits(aTrigger())).toMatch(/^starting group\/ app main – – an update from GitLab ci .* 2$/);
});

test('a row says what keeps webhooks from arriving', () => {
  const row = (hookProblem: string | null): string =>
    plainText(triggerRow(aTrigger(), { waiters: 0, hookProblem }, 0));
  expect(row('there is none')).toContain('no healthy hook there is none an update from GitLab ci');
  expect(row(null)).not.toContain('healthy');
});

describe('the duration in a row', () => {
  const minuteMs = 60_000;
  const shownAt = (trigger: Trigger, now: number): string =>
    plainText(triggerRow(trigger, { waiters: 0, hookProblem: null }, now));

  test('of a trigger that has ended is that from request to end', () => {
    const { createdAt } = aTrigger();
    const ended = failed([]);
    const state = { ...ended.state, finishedAt: createdAt + 8 * minuteMs + 12_000 } as Trigger['state'];
    expect(shownAt({ ...ended, state }, createdAt + 60 * minuteMs)).toContain(' ci 8m 12s 1 hour ago ');
  });

  test('of one that has not ended goes on, from a time that a script counts from', () => {
    const trigger = aTrigger();
    expect(shownAt(trigger, trigger.createdAt + 90 * minuteMs)).toContain(' ci 1h 30m 1 hour ago ');
    expect(rowOf(trigger)).toContain(`data-since="${new Date(trigger.createdAt).toISOString()}"`);
  });
});

describe('triggers of one upstream pipeline', () => {
  const behalfOf = (id: string, pipeline: number | null): Trigger => ({
    ...aTrigger({
      upstream:
        pipeline === null ? null : { project: 'up/stream', pipelineId: pipeline as never, jobId: null },
    }),
    id: id as Trigger['id'],
  });
  const besides = () => ({ waiters: 0, hookProblem: null });

  test('stand together at the place of the newest, under one head', () => {
    const list = [behalfOf('a', 7), behalfOf('b', null), behalfOf('c', 7), behalfOf('d', 8)];
    const text = triggerTable(list, besides, 0).toString();
    expect([...text.matchAll(/id="((?:row|from)-\w)"/g)].map(([, id]) => id)).toEqual([
      'from-a',
      'row-a',
      'row-c',
      'row-b',
      'row-d',
    ]);
    expect(plainText(triggerTable(list, besides, 0))).toContain('From up/stream #7 · 2 triggers');
  });
});
