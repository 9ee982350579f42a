import { describe, expect, test } from 'vitest';
import { decide, outstanding } from '../../../src/domain/trigger/decide.ts';
import type { TriggerEvent } from '../../../src/domain/trigger/event.ts';
import type { Job } from '../../../src/domain/trigger/job.ts';
import type { Trigger } from '../../../src/domain/trigger/trigger.ts';
import { isOpen } from '../../../src/domain/trigger/trigger.ts';
import {
  aJob,
  aPlayed,
  aReading,
  aRunning,
  aSnapshot,
  aTrigger,
  after,
  intendedBy,
  optional,
  outcomeOf,
  read,
  reasonOf,
  start,
} from '../../fakes/triggers.ts';

const later = start + 60_000;

const cancelRequested: TriggerEvent = { type: 'cancelRequested', at: later, reason: 'canceled by ci' };
const cancelDone: TriggerEvent = { type: 'cancelDone', at: later };
const retryRequested: TriggerEvent = { type: 'retryRequested', at: later };
const retryDone: TriggerEvent = { type: 'retryDone', at: later };
const retryRefused: TriggerEvent = { type: 'retryRefused', at: later, reason: '403 Forbidden' };
const deadlinePassed: TriggerEvent = { type: 'deadlinePassed', at: start + 3_600_000 };
const playRequested = (jobs: readonly Job[], names: readonly string[] | null = null): TriggerEvent => ({
  type: 'playRequested',
  at: later,
  jobs: names,
  pipeline: aReading('manual', jobs),
});

const deploy = aJob('deploy', 'manual');
const rollback = optional('rollback', 'manual');
const unit = aJob('unit', 'failed');

const failed = after(aRunning(), read('failed', [unit]));
const blocked = after(aRunning(), read('manual', [deploy, rollback]));
const succeeded = after(aRunning(), read('success', [rollback]));

/** A request whose answer from GitLab is still to come, or lost. */
const inDoubt = after(aTrigger(), {
  type: 'startTried',
  at: start,
  reason: null,
  inDoubt: { inDoubtUntil: start + 10_000 },
});

describe('a request to cancel', () => {
  test('has the pipeline canceled, and waits until GitLab shows it', () => {
    const { next, actions } = decide(aRunning(), cancelRequested);
    expect(actions).toEqual([{ type: 'cancel' }]);
    expect(next).toMatchObject({
      state: { kind: 'running' },
      cancel: { progress: 'wanted', reason: 'canceled by ci' },
    });
    const canceled = after(next, cancelDone, read('canceled'));
    expect([outcomeOf(canceled), reasonOf(canceled)]).toEqual(['canceled', 'canceled by ci']);
  });

  test('that GitLab has answered needs a look: GitLab says yes whatever becomes of it', () => {
    expect(decide(after(aRunning(), cancelRequested), cancelDone).actions).toEqual([{ type: 'confirm' }]);
  });

  test('that is on its way already changes nothing', () => {
    for (const canceling of [after(aRunning(), cancelRequested), after(inDoubt, cancelRequested)])
      expect(decide(canceling, cancelRequested)).toEqual({ next: canceling, actions: [] });
  });

  test('does not turn a success into anything else', () => {
    expect(outcomeOf(after(aRunning(), cancelRequested, read('success')))).toBe('success');
  });

  test('may be repeated when GitLab has not obeyed', () => {
    const again = decide(after(aRunning(), cancelRequested, cancelDone), cancelRequested);
    expect(again.actions).toEqual([{ type: 'cancel' }]);
  });

  test('ends a trigger without a pipeline immediately', () => {
    const { next } = decide(aTrigger(), cancelRequested);
    expect([outcomeOf(next), reasonOf(next)]).toEqual(['canceled', 'canceled by ci']);
  });

  test('waits for a request to GitLab that may still make a pipeline', () => {
    const { next, actions } = decide(inDoubt, cancelRequested);
    expect(actions).toEqual([{ type: 'start' }]);
    expect(next).toMatchObject({ state: { kind: 'requested' }, cancel: { progress: 'wanted' } });
    const abandoned = after(next, { type: 'startAbandoned', at: later });
    expect([outcomeOf(abandoned), reasonOf(abandoned)]).toEqual(['canceled', 'canceled by ci']);
  });

  test('a finished trigger does not mind', () => {
    expect(decide(failed, cancelRequested)).toEqual({ next: failed, actions: [] });
  });
});

describe('the upstream pipeline was canceled', () => {
  const upstreamCanceled: TriggerEvent = { type: 'upstreamCanceled', at: later };

  test('cancels with it where that is wanted', () => {
    const { next, actions } = decide(aRunning({ cancelWithUpstream: true }), upstreamCanceled);
    expect(actions).toEqual([{ type: 'cancel' }]);
    expect(next.cancel).toEqual({ progress: 'wanted', reason: 'the upstream pipeline was canceled' });
  });

  test('means nothing otherwise', () => {
    const trigger = aRunning({ cancelWithUpstream: false });
    expect(decide(trigger, upstreamCanceled)).toEqual({ next: trigger, actions: [] });
  });
});

describe('the deadline', () => {
  const endedBy = (trigger: Trigger) => {
    const { next, actions } = decide(trigger, deadlinePassed);
    return [outcomeOf(next), reasonOf(next), actions];
  };

  test('ends a trigger and leaves its pipeline alone', () => {
    const reason = 'no result within 3600 seconds; the pipeline is pending';
    expect(endedBy(aRunning({}, { status: 'pending' }))).toEqual(['deadline', reason, []]);
  });

  test('cancels the pipeline where that is wanted', () => {
    const { next, actions } = decide(aRunning({ cancelOnDeadline: true }), deadlinePassed);
    expect(outcomeOf(next)).toBe('deadline');
    expect(actions).toEqual([{ type: 'cancel' }]);
    expect(outstanding(next)).toEqual([{ type: 'cancel' }]);
    expect(outstanding(after(next, cancelDone))).toEqual([]);
  });

  test('before there is a pipeline is an error that tells what was wrong', () => {
    const at = start + 1;
    const troubled = after(aTrigger(), {
      type: 'startTried',
      at,
      reason: 'GitLab answers 502',
      inDoubt: null,
    });
    expect(endedBy(troubled)).toEqual(['error', 'no pipeline before the deadline: GitLab answers 502', []]);
    expect(endedBy(aTrigger())).toEqual([
      'error',
      'no pipeline before the deadline: no answer from GitLab',
      [],
    ]);
  });

  test('while it is inDoubt whether there is a pipeline leaves it to be looked for, and then canceled', () => {
    const ended = after(inDoubt, deadlinePassed);
    expect([outcomeOf(ended), isOpen(ended), outstanding(ended)]).toEqual([
      'error',
      true,
      [{ type: 'start' }],
    ]);
    const found = decide(ended, { type: 'pipelineStarted', at: later, pipeline: aSnapshot('running') });
    expect([outcomeOf(found.next), found.actions]).toEqual(['error', [{ type: 'cancel' }]]);
    expect(outstanding(found.next)).toEqual([{ type: 'cancel' }]);
  });

  test.each<[string, TriggerEvent]>([
    ['none was made', { type: 'startTried', at: later, reason: null, inDoubt: null }],
    ['GitLab refused', { type: 'startRefused', at: later, reason: '403 Forbidden' }],
  ])('leaves nothing to be done once it is clear that %s', (_what, event) => {
    const ended = after(inDoubt, deadlinePassed);
    const clear = after(ended, event);
    expect([outcomeOf(clear), reasonOf(clear)]).toEqual([outcomeOf(ended), reasonOf(ended)]);
    expect([isOpen(clear), outstanding(clear)]).toEqual([false, []]);
  });

  test('is not early, by a millisecond even', () => {
    const early: TriggerEvent = { ...deadlinePassed, at: deadlinePassed.at - 1 };
    const trigger = aRunning();
    expect(decide(trigger, early).next).toBe(trigger);
  });

  test('is of no interest after the end', () => {
    expect(decide(failed, deadlinePassed)).toEqual({ next: failed, actions: [] });
  });
});

describe('a request to play', () => {
  test('plays what blocks, and the trigger is pending again with its whole time before it', () => {
    const { next, actions } = decide(blocked, playRequested([deploy, rollback]));
    expect(actions).toEqual([{ type: 'play' }]);
    expect(intendedBy(next)).toEqual(['deploy']);
    expect(next).toMatchObject({
      state: { kind: 'running' },
      deadlineAt: later + 3_600_000,
      observedAt: later,
    });
  });

  test('plays the jobs named, in that order, optional ones too', () => {
    const next = after(blocked, playRequested([deploy, rollback], ['rollback', 'deploy', 'rollback']));
    expect(intendedBy(next)).toEqual(['rollback', 'deploy']);
  });

  test('plays an optional job of a pipeline that has succeeded', () => {
    const next = after(succeeded, playRequested([rollback], ['rollback']));
    expect([next.state.kind, intendedBy(next)]).toEqual(['running', ['rollback']]);
  });

  test.each([
    ['there is nothing that blocks', [rollback], null],
    ['the job named is not there', [deploy], ['deplyo']],
    ['the job named does not wait to be played', [aJob('deploy', 'running')], ['deploy']],
  ])('changes nothing when %s', (_what, jobs, names) => {
    expect(decide(blocked, playRequested(jobs, names))).toEqual({ next: blocked, actions: [] });
  });

  test('changes nothing before there is a pipeline', () => {
    const trigger = aTrigger();
    expect(decide(trigger, playRequested([deploy]))).toEqual({ next: trigger, actions: [] });
  });

  test.each([
    ['intended', { isRequested: true }],
    ['played', {}],
  ] as const)('does not play again what is %s', (progress, given) => {
    const trigger = aRunning({}, { played: [aPlayed('deploy', progress, given)] });
    expect(decide(trigger, playRequested([deploy]))).toEqual({ next: trigger, actions: [] });
  });

  test('plays what GitLab has refused before', () => {
    const trigger = aRunning({}, { played: [aPlayed('deploy', 'refused')] });
    const { next } = decide(trigger, playRequested([deploy]));
    expect(next.played).toEqual([aPlayed('deploy', 'intended', { isRequested: true })]);
  });

  test('plays what a trigger wanted to play when it ended before GitLab was reached', () => {
    const expired = after(aRunning({}, { played: [aPlayed('deploy', 'intended')] }), deadlinePassed);
    const { next, actions } = decide(expired, playRequested([deploy]));
    expect(actions).toEqual([{ type: 'play' }]);
    expect(next.played).toEqual([aPlayed('deploy', 'intended', { isRequested: true })]);
  });

  test('makes a play that waits until the pipeline stands still wait no longer', () => {
    const trigger = aRunning({ onManual: 'play' }, { played: [aPlayed('deploy', 'intended')] });
    const { next } = decide(trigger, playRequested([deploy]));
    expect(next.played).toEqual([aPlayed('deploy', 'intended', { isRequested: true })]);
    expect(decide(next, playRequested([deploy]))).toEqual({ next, actions: [] });
  });

  test('after a refused play lets the rules of the trigger play that job again', () => {
    const refused = aRunning({ onManual: 'play' }, { played: [aPlayed('deploy', 'refused')], epoch: 1 });
    const ended = after(refused, read('manual', [deploy], 1));
    const next = after(ended, playRequested([rollback], ['rollback']));
    expect(next.played).toEqual([aPlayed('rollback', 'intended', { isRequested: true })]);
  });

  test('does not take up a retry that the end of the trigger has cut off', () => {
    const expired = after(aRunning({}, { retry: { progress: 'wanted', reason: null } }), deadlinePassed);
    expect(outstanding(after(expired, playRequested([deploy])))).toEqual([{ type: 'play' }]);
  });

  test('is newer than a request to cancel', () => {
    const next = after(aRunning(), cancelRequested, playRequested([deploy]));
    expect(outstanding(next)).toEqual([{ type: 'play' }]);
  });
});

describe('a request to retry', () => {
  test('has what failed run again, and the trigger is pending again with its whole time before it', () => {
    const { next, actions } = decide(failed, retryRequested);
    expect(actions).toEqual([{ type: 'retry' }]);
    expect(next).toMatchObject({
      state: { kind: 'running' },
      deadlineAt: later + 3_600_000,
      observedAt: later,
    });
  });

  test('waits for the next end: the one before the retry proves nothing', () => {
    const retrying = after(failed, retryRequested);
    expect(decide(retrying, read('failed', [unit])).actions).toEqual([]);
    const retried = after(retrying, retryDone);
    expect(decide(retried, read('failed', [unit], 0)).actions).toEqual([{ type: 'confirm' }]);
    expect(outcomeOf(after(retried, read('running', [], 1), read('success', [], 1)))).toBe('success');
  });

  test('ends as before when there was nothing to run again', () => {
    expect(outcomeOf(after(failed, retryRequested, retryDone, read('failed', [unit], 1)))).toBe('failed');
  });

  test('needs a look when GitLab has done it', () => {
    expect(decide(after(failed, retryRequested), retryDone).actions).toEqual([{ type: 'confirm' }]);
  });

  test('of a trigger that was ended meanwhile needs none', () => {
    const resolved = after(failed, retryRequested, {
      type: 'resolved',
      at: later,
      outcome: 'failed',
      reason: 'enough',
    });
    expect(decide(resolved, retryDone).actions).toEqual([]);
  });

  test('that GitLab refuses is an error', () => {
    const refused = after(failed, retryRequested, retryRefused);
    expect([outcomeOf(refused), reasonOf(refused)]).toEqual(['error', '403 Forbidden']);
  });

  test('may be made again after a refusal', () => {
    const refused = after(failed, retryRequested, retryRefused);
    expect(decide(refused, retryRequested).actions).toEqual([{ type: 'retry' }]);
  });

  test('may be made again after one that the end of the trigger has cut off', () => {
    const expired = after(failed, retryRequested, { ...deadlinePassed, at: later + 3_600_000 });
    expect(outcomeOf(expired)).toBe('deadline');
    expect(decide(expired, retryRequested).actions).toEqual([{ type: 'retry' }]);
  });

  test('of a pipeline that runs, refused, does not end the trigger: the pipeline runs on', () => {
    const refused = decide(after(aRunning(), retryRequested), retryRefused);
    expect(refused.next.state.kind).toBe('running');
    expect(refused.actions).toEqual([{ type: 'confirm' }]);
    expect(outcomeOf(after(refused.next, read('success')))).toBe('success');
  });

  test('calls off a cancellation that is still to be sent', () => {
    const expired = after(aRunning({ cancelOnDeadline: true }), deadlinePassed);
    expect(outstanding(after(expired, retryRequested))).toEqual([{ type: 'retry' }]);
  });

  test.each([
    ['that has succeeded', succeeded],
    ['that has no pipeline yet', aTrigger()],
    ['that never had a pipeline', after(aTrigger(), deadlinePassed)],
    ['that is being retried', after(failed, retryRequested)],
  ])('changes nothing for a trigger %s', (_what, trigger) => {
    expect(decide(trigger, retryRequested)).toEqual({ next: trigger, actions: [] });
  });

  test('is newer than a request to cancel', () => {
    const next = after(aRunning(), cancelRequested, retryRequested);
    expect(outstanding(next)).toEqual([{ type: 'retry' }]);
  });
});

describe('a resolution by an admin', () => {
  const resolved: TriggerEvent = {
    type: 'resolved',
    at: later,
    outcome: 'success',
    reason: 'seen with my own eyes',
  };

  test.each([
    ['requested', aTrigger()],
    ['running', aRunning()],
    ['being retried', after(failed, retryRequested)],
  ])('ends a trigger that is %s', (_what, trigger) => {
    const { next, actions } = decide(trigger, resolved);
    expect([outcomeOf(next), reasonOf(next), actions]).toEqual(['success', 'seen with my own eyes', []]);
  });

  test('changes nothing after the end', () => {
    expect(decide(failed, resolved)).toEqual({ next: failed, actions: [] });
  });
});
