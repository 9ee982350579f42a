import { describe, expect, test } from 'vitest';
import type { Job } from '../../../src/domain/trigger/job.ts';
import { isLost, standsStill } from '../../../src/domain/trigger/standstill.ts';
import { aJob, jobId, optional } from '../../fakes/triggers.ts';

const deploy = aJob('deploy', 'manual');
const none = new Set<never>();

describe('a pipeline stands still', () => {
  test.each<[string, readonly Job[]]>([
    ['manual', [deploy]],
    ['manual', [deploy, aJob('verify', 'created')]],
    ['manual', [deploy, optional('lint', 'failed'), optional('docs', 'canceled'), aJob('unit', 'skipped')]],
    ['skipped', [optional('deploy', 'manual')]],
    ['success', [optional('deploy', 'manual'), aJob('build', 'success')]],
  ])('%s', (status, jobs) => {
    expect(standsStill({ status, jobs }, none)).toBe(true);
  });
});

describe('a pipeline does not stand still', () => {
  test.each([
    'created',
    'waiting_for_resource',
    'preparing',
    'waiting_for_callback',
    'pending',
    'running',
    'scheduled',
    'canceling',
    'failed',
    'canceled',
    'meditating',
  ])('that is %s', (status) => {
    expect(standsStill({ status, jobs: [deploy] }, none)).toBe(false);
  });

  test.each([
    'waiting_for_resource',
    'preparing',
    'waiting_for_callback',
    'pending',
    'running',
    'scheduled',
    'canceling',
    'meditating',
  ])('while a job of it is %s, optional or not', (status) => {
    for (const slow of [aJob('slow', status), optional('slow', status)])
      expect(standsStill({ status: 'manual', jobs: [slow, deploy] }, none)).toBe(false);
  });

  test.each(['failed', 'canceled'])('for a play once a required job has %s', (status) => {
    expect(standsStill({ status: 'manual', jobs: [aJob('unit', status), deploy] }, none)).toBe(false);
  });
});

describe('what was played for the same trigger', () => {
  const own = new Set([jobId('approve')]);
  const approve = aJob('approve', 'pending');

  test('may be under way', () => {
    expect(standsStill({ status: 'running', jobs: [approve, deploy] }, own)).toBe(true);
  });

  test('excuses no other job, and no failure', () => {
    const others = [aJob('slow', 'running'), aJob('unit', 'failed')];
    for (const other of others)
      expect(standsStill({ status: 'running', jobs: [approve, other, deploy] }, own)).toBe(false);
    expect(standsStill({ status: 'manual', jobs: [aJob('approve', 'failed'), deploy] }, own)).toBe(false);
  });

  test('that has ended leaves a pipeline that runs on to others', () => {
    const jobs = [aJob('approve', 'success'), aJob('verify', 'created'), deploy];
    expect(standsStill({ status: 'running', jobs }, own)).toBe(false);
  });
});

test.each<[string, readonly Job[], boolean]>([
  ['a required failure', [aJob('unit', 'failed')], true],
  ['a required cancellation', [aJob('unit', 'canceled')], true],
  ['an optional failure', [optional('lint', 'failed')], false],
  ['an optional cancellation', [optional('lint', 'canceled')], false],
  ['nothing', [], false],
])('a pipeline with %s is lost: %s', (_what, jobs, expected) => {
  expect(isLost(jobs)).toBe(expected);
});
