import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/domain/trigger/decide.ts';
import type { TriggerEvent } from '../../../src/domain/trigger/event.ts';
import type { PipelineId } from '../../../src/domain/ids.ts';
import { isFollowedByStatus, pollIntervalMs } from '../../../src/domain/trigger/poll-interval.ts';
import {
  aJob,
  aPlayed,
  aRunning,
  aSnapshot,
  aTrigger,
  after,
  hook,
  outcomeOf,
  read,
  start,
} from '../../fakes/triggers.ts';

const quietMs = 60_000;
const minutes = (count: number): number => count * 60_000;

/** The event, so long after the others. */
const later = (event: TriggerEvent, ms: number): TriggerEvent => ({ ...event, at: start + ms });

describe('the interval between two polls of a pipeline', () => {
  const heard = [hook('running', [aJob('build', 'running')])];

  test.each([
    [0, quietMs],
    [minutes(4), quietMs],
    [minutes(8), minutes(2)],
    [minutes(20), minutes(5)],
    [minutes(600), minutes(5)],
  ])('follows from the age of a change that a hook reported: after %i ms it is %i ms', (still, rest) => {
    const look = later(read('running', [aJob('build', 'running')]), still);
    expect(pollIntervalMs(after(aRunning({}, { status: 'pending' }), ...heard, look), quietMs)).toBe(rest);
  });

  test('is never shorter than the configured one', () => {
    const look = later(read('running', [aJob('build', 'running')]), minutes(600));
    const trigger = after(aRunning({}, { status: 'pending' }), ...heard, look);
    expect(pollIntervalMs(trigger, minutes(30))).toBe(minutes(30));
  });

  test.each<[string, readonly TriggerEvent[]]>([
    ['no hook ever reported it', []],
    [
      'a poll found a change that no hook reported',
      [...heard, later(read('running', [aJob('build', 'success')]), 1)],
    ],
    ['the hook reported nothing new', [hook('running', [])]],
  ])('stays the configured one when %s', (_why, events) => {
    const trigger = after(aRunning({}, { jobs: [] }), ...events);
    const jobs = trigger.jobs;
    expect(pollIntervalMs(after(trigger, later(read('running', jobs), minutes(60))), quietMs)).toBe(quietMs);
  });

  test('grows again when a hook reports a new change later', () => {
    const found = later(read('running', [aJob('build', 'success')]), 1);
    const reported = later(hook('running', [aJob('build', 'success'), aJob('unit', 'running')]), 2);
    const look = later(read('running', [aJob('build', 'success'), aJob('unit', 'running')]), minutes(60));
    expect(pollIntervalMs(after(aRunning(), ...heard, found, reported, look), quietMs)).toBe(minutes(5));
  });

  test('grows when a job hook reported the latest change, too', () => {
    const reported: TriggerEvent = { type: 'jobSeen', at: start, job: aJob('build', 'running') };
    const look = later(read('running', [aJob('build', 'running')]), minutes(60));
    expect(pollIntervalMs(after(aRunning(), reported, look), quietMs)).toBe(minutes(5));
  });
});

describe('a status without jobs', () => {
  test('says enough where nothing is played', () => {
    expect(isFollowedByStatus(aRunning(), 60_000)).toBe(true);
    expect(isFollowedByStatus(aRunning({ onManual: 'pass' }), 60_000)).toBe(true);
  });

  test.each([
    ['jobs may be to be played', aRunning({ onManual: 'play' })],
    ['a job is to be played now', aRunning({}, { played: [aPlayed('deploy', 'intended')] })],
    ['it is to be retried', aRunning({}, { retry: { progress: 'wanted', reason: null } })],
    ['it is to be canceled', aRunning({}, { cancel: { progress: 'wanted', reason: null } })],
    ['there is no pipeline', aTrigger()],
    ['it has ended', after(aRunning(), hook('success'))],
  ])('does not where %s', (_why, trigger) => {
    expect(isFollowedByStatus(trigger, 60_000)).toBe(false);
  });
});

describe('a list', () => {
  const listed = (status: string, epoch = 0): TriggerEvent => ({
    type: 'pipelineListed',
    at: start + 1,
    pipeline: aSnapshot(status, null),
    epoch,
  });

  test('is payload, whatever it shows, and leaves the jobs as they were', () => {
    const trigger = aRunning({}, { jobs: [aJob('build', 'running')] });
    expect(after(trigger, listed('running'))).toEqual({
      ...trigger,
      observedAt: start + 1,
      provenAt: start + 1,
    });
    expect(after(trigger, listed('pending'))).toMatchObject({
      state: { pipeline: { status: 'pending' } },
      jobs: trigger.jobs,
      observedAt: start + 1,
      updatedAt: start + 1,
    });
  });

  test.each([
    ['success', 0, 'success', []],
    ['success', 1, null, ['confirm']],
    ['failed', 0, null, ['confirm']],
    ['manual', 0, null, ['confirm']],
    ['scheduled', 0, null, []],
  ])('that shows %s, asked for at epoch %i', (status, epoch, outcome, actions) => {
    const decision = decide(aRunning(), listed(status, epoch));
    expect([outcomeOf(decision.next), decision.actions.map(({ type }) => type)]).toEqual([outcome, actions]);
  });

  test('is no payload of another pipeline, nor to one that has ended', () => {
    const elsewhere = { ...listed('success'), pipeline: { ...aSnapshot('success'), id: 7 as PipelineId } };
    const [running, ended] = [aRunning(), after(aRunning(), hook('success'))];
    expect([after(running, elsewhere as TriggerEvent), after(ended, listed('failed'))]).toEqual([
      running,
      ended,
    ]);
  });
});
