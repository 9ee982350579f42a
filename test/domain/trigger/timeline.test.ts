import { expect, test } from 'vitest';
import { changesBetween, stateOf } from '../../../src/domain/trigger/timeline.ts';
import type { TriggerEvent } from '../../../src/domain/trigger/event.ts';
import {
  aJob,
  aPlayed,
  aRunning,
  aSnapshot,
  aTrigger,
  after,
  hook,
  jobId,
  pipelineId,
  read,
  start,
} from '../../fakes/triggers.ts';

const { webUrl } = aSnapshot('running');
const jobEntry = (name: string, status: string) => ({
  type: 'job',
  id: jobId(name),
  name,
  stage: 'test',
  status,
});

test('a new trigger is pending', () => {
  expect(changesBetween(null, aTrigger())).toEqual([{ type: 'state', state: 'pending' }]);
});

test('nothing happened: nothing to tell', () => {
  const trigger = aRunning({}, { jobs: [aJob('unit', 'running')] });
  expect(changesBetween(trigger, { ...trigger, updatedAt: start + 1, observedAt: start + 1 })).toEqual([]);
});

test('the pipeline, once there is one, and each of its statuses', () => {
  const started = after(aTrigger(), { type: 'pipelineStarted', at: start, pipeline: aSnapshot('created') });
  expect(changesBetween(aTrigger(), started)).toEqual([
    { type: 'status', pipelineId, status: 'created', webUrl },
  ]);
  expect(changesBetween(started, after(started, hook('running')))).toEqual([
    { type: 'status', pipelineId, status: 'running', webUrl },
  ]);
});

test('the pipeline that may be retried, each time that it, or the ref, is another one', () => {
  const candidate = { id: pipelineId, status: 'failed', sha: 'aaa', tip: 'aaa' };
  const found = { ...aTrigger({ retry: true }), candidate };
  expect(changesBetween(aTrigger(), found)).toEqual([{ type: 'state', state: 'pending', candidate }]);
  expect(changesBetween(found, { ...found, updatedAt: start + 1 })).toEqual([]);
  const moved = { ...found, candidate: { ...candidate, tip: 'bbb' } };
  expect(changesBetween(found, moved)).toEqual([
    { type: 'state', state: 'pending', candidate: moved.candidate },
  ]);
});

test('the jobs that have moved, those that are new, and no others', () => {
  const before = aRunning({}, { jobs: [aJob('build', 'success'), aJob('unit', 'running')] });
  const next = after(
    before,
    hook('running', [aJob('build', 'success'), aJob('unit', 'success'), aJob('lint', 'pending')]),
  );
  expect(changesBetween(before, next)).toEqual([jobEntry('unit', 'success'), jobEntry('lint', 'pending')]);
});

test('a job is played when GitLab has said yes, and once', () => {
  const intended = aRunning({}, { played: [aPlayed('deploy', 'intended')] });
  const played = after(intended, { type: 'jobPlayed', at: start, jobId: jobId('deploy') });
  const refused = after(intended, { type: 'playRefused', at: start, jobId: jobId('deploy'), reason: 'no' });
  expect(changesBetween(aRunning(), intended)).toEqual([]);
  expect(changesBetween(intended, refused)).toEqual([]);
  expect(changesBetween(intended, played)).toEqual([
    { type: 'played', id: jobId('deploy'), name: 'deploy', stage: 'test' },
  ]);
  expect(changesBetween(played, { ...played, updatedAt: start + 1 })).toEqual([]);
});

test('the outcome comes last, after everything that led to it', () => {
  const before = aRunning({}, { jobs: [aJob('unit', 'running')] });
  const next = after(before, read('failed', [aJob('unit', 'failed')]));
  const { id, name, stage } = aJob('unit', 'failed');
  expect(changesBetween(before, next)).toEqual([
    { type: 'status', pipelineId, status: 'failed', webUrl },
    jobEntry('unit', 'failed'),
    { type: 'state', state: 'finished' },
    {
      type: 'outcome',
      outcome: 'failed',
      reason: null,
      failedJobs: [{ id, name, stage, webUrl: null, failureReason: null, traceTail: null }],
      endSeenBy: 'poll',
      project: 'group/app',
    },
  ]);
});

test('a finished trigger that learns more tells no second outcome', () => {
  const failed = after(aRunning(), read('failed', [aJob('unit', 'failed')]));
  const traces: TriggerEvent = { type: 'tracesRead', at: start, failedJobs: [] };
  expect(changesBetween(failed, after(failed, traces))).toEqual([]);
});

test('a trigger that is retried is pending again', () => {
  const failed = after(aRunning(), read('failed'));
  const retried = after(failed, { type: 'retryRequested', at: start });
  expect([stateOf(failed), stateOf(retried)]).toEqual(['finished', 'pending']);
  expect(changesBetween(failed, retried)).toEqual([{ type: 'state', state: 'pending' }]);
});
