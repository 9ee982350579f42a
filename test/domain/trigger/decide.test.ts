import { describe, expect, test } from 'vitest';
import { decide, outstanding } from '../../../src/domain/trigger/decide.ts';
import type { TriggerEvent } from '../../../src/domain/trigger/event.ts';
import { reasonOf as shownReason } from '../../../src/domain/trigger/finish.ts';
import type { PipelineId } from '../../../src/domain/ids.ts';
import type { Job } from '../../../src/domain/trigger/job.ts';
import type { PlayedJob, Trigger } from '../../../src/domain/trigger/trigger.ts';
import {
  after,
  aJob,
  aPlayed,
  aRunning,
  aSnapshot,
  aTrigger,
  hook,
  intendedBy,
  jobId,
  optional,
  outcomeOf,
  pipelineId,
  read,
  reasonOf,
  sharedHook,
  start,
} from '../../fakes/triggers.ts';

const at = start + 1_000;
const started: TriggerEvent = { type: 'pipelineStarted', at, pipeline: aSnapshot('created') };
const cancelRequested: TriggerEvent = { type: 'cancelRequested', at, reason: 'canceled by ci' };
const inDoubt: TriggerEvent = {
  type: 'startTried',
  at,
  reason: null,
  inDoubt: { inDoubtUntil: at + 10_000 },
};
const abandoned: TriggerEvent = { type: 'startAbandoned', at };
const jobSeen = (job: Job): TriggerEvent => ({ type: 'jobSeen', at, job });

const unchanged = (trigger: Trigger) => ({ next: trigger, actions: [] });
const finished = after(aRunning(), read('success'));

describe('the pipeline has started', () => {
  test('is what a requested trigger waits for', () => {
    const { next, actions } = decide(aTrigger(), started);
    expect(next).toMatchObject({
      state: { kind: 'running', pipeline: { id: pipelineId, status: 'created' } },
      observedAt: at,
    });
    expect(actions).toEqual([]);
  });

  test('brings the jobs, if it shows them', () => {
    const jobs = [aJob('build', 'pending')];
    const next = after(aTrigger(), { ...started, pipeline: aSnapshot('pending', jobs) });
    expect(next.jobs).toEqual(jobs);
  });

  test('too late for one who does not want it any more: it is canceled', () => {
    const { next, actions } = decide(after(aTrigger(), inDoubt, cancelRequested), started);
    expect(next.state.kind).toBe('running');
    expect(actions).toEqual([{ type: 'cancel' }]);
  });

  test.each<[string, TriggerEvent]>([
    ['past its deadline', { type: 'deadlinePassed', at: start + 3_600_000 }],
    ['resolved', { type: 'resolved', at, outcome: 'failed', reason: 'no use' }],
    ['refused, as it seemed', { type: 'startRefused', at, reason: '400 Bad request' }],
  ])('for a trigger that is %s: nobody waits for it, so it is canceled', (_what, ending) => {
    const ended = after(aTrigger(), inDoubt, ending);
    const { next, actions } = decide(ended, started);
    expect(actions).toEqual([{ type: 'cancel' }]);
    expect(outstanding(next)).toEqual([{ type: 'cancel' }]);
    expect([outcomeOf(next), reasonOf(next)]).toEqual([outcomeOf(ended), reasonOf(ended)]);
    expect(next.state).toMatchObject({ pipeline: { id: pipelineId } });
  });

  test('takes effect once: a second report may be about another pipeline', () => {
    const other: TriggerEvent = { ...started, pipeline: { ...aSnapshot('created'), id: 102 as PipelineId } };
    for (const trigger of [aRunning(), finished]) expect(decide(trigger, other)).toEqual(unchanged(trigger));
  });
});

describe('the pipeline to retry is found', () => {
  const found: TriggerEvent = { type: 'pipelineFound', at, pipeline: aSnapshot('failed') };

  test('it is retried, and its earlier end proves nothing', () => {
    const { next, actions } = decide(aTrigger({ retry: true }), found);
    expect(actions).toEqual([{ type: 'retry' }]);
    expect(decide(next, hook('failed')).actions).toEqual([]);
    expect(outcomeOf(after(next, hook('success')))).toBeNull();
  });

  test('a refusal to retry it is an error', () => {
    const next = after(aTrigger({ retry: true }), found, {
      type: 'retryRefused',
      at,
      reason: '403 Forbidden',
    });
    expect([outcomeOf(next), reasonOf(next)]).toEqual(['error', '403 Forbidden']);
  });

  test('too late for one who does not want it any more: it is left alone', () => {
    const { next, actions } = decide(after(aTrigger({ retry: true }), inDoubt, cancelRequested), found);
    expect([outcomeOf(next), reasonOf(next), actions]).toEqual(['canceled', 'canceled by ci', []]);
    expect(outstanding(next)).toEqual([]);
  });

  test('after the end it is left alone', () => {
    const ended = after(aTrigger({ retry: true }), { type: 'deadlinePassed', at: start + 3_600_000 });
    expect(decide(ended, found)).toEqual(unchanged(ended));
  });
});

describe('a pipeline that may be retried is found', () => {
  const candidate = { id: pipelineId, status: 'failed', sha: 'aaa', tip: 'bbb' };
  const found: TriggerEvent = { type: 'candidateFound', at, candidate };

  test('it is kept for those who follow', () => {
    const { next, actions } = decide(aTrigger({ retry: true }), found);
    expect([next.candidate, next.state.kind, actions]).toEqual([candidate, 'requested', []]);
  });

  test('too late it is of no interest', () => {
    for (const trigger of [aRunning(), finished]) expect(decide(trigger, found)).toEqual(unchanged(trigger));
  });
});

describe('a start', () => {
  test('about to be tried is noted with the time until which it may still succeed unseen', () => {
    expect(after(aTrigger(), inDoubt).state).toEqual({
      kind: 'requested',
      lastError: null,
      inDoubtUntil: at + 10_000,
    });
  });

  test('that came to nothing keeps its reason until there is another', () => {
    const failed: TriggerEvent = { type: 'startTried', at, reason: 'GitLab answers 502', inDoubt: null };
    expect(after(aTrigger(), failed, inDoubt).state).toMatchObject({ lastError: 'GitLab answers 502' });
  });

  test('that GitLab refuses is an error, in its words', () => {
    const { next, actions } = decide(aTrigger(), { type: 'startRefused', at, reason: 'Reference not found' });
    expect([outcomeOf(next), reasonOf(next), actions]).toEqual(['error', 'Reference not found', []]);
  });

  test('refused for a configuration error shows the pipeline that GitLab made all the same', () => {
    const pipeline = aSnapshot('failed');
    const next = after(aTrigger(), { type: 'startRefused', at, reason: 'jobs config', pipeline });
    expect(next.state).toMatchObject({
      kind: 'finished',
      outcome: 'error',
      pipeline: { id: pipelineId, status: 'failed' },
    });
  });

  test('given up is canceled', () => {
    const next = after(aTrigger(), inDoubt, cancelRequested, abandoned);
    expect([outcomeOf(next), reasonOf(next)]).toEqual(['canceled', 'canceled by ci']);
  });

  test.each<TriggerEvent>([inDoubt, abandoned, { type: 'startRefused', at, reason: 'too late' }])(
    'is over once there is a pipeline: $type',
    (event) => {
      const running = aRunning();
      expect(decide(running, event)).toEqual(unchanged(running));
      expect(decide(finished, event)).toEqual(unchanged(finished));
    },
  );
});

describe('payload that changes nothing', () => {
  const jobs = [aJob('build', 'success'), aJob('unit', 'running')];
  const trigger = after(aRunning(), hook('running', jobs));

  test.each<[string, TriggerEvent]>([
    ['the same again', hook('running', jobs)],
    ['older, by one of its jobs', hook('pending', [aJob('build', 'running'), aJob('unit', 'created')])],
    ['older and final', hook('failed', [aJob('build', 'failed'), aJob('unit', 'pending')])],
    [
      'about another pipeline',
      { type: 'pipelineSeen', at, pipeline: { ...aSnapshot('failed'), id: 7 as PipelineId } },
    ],
    ['a job hook that comes late', jobSeen(aJob('unit', 'created'))],
    ['a job hook that comes twice', jobSeen(aJob('unit', 'running'))],
  ])('%s: the very same trigger comes back', (_what, event) => {
    const decision = decide(trigger, event);
    expect(decision.next).toBe(trigger);
    expect(decision.actions).toEqual([]);
  });

  test.each<TriggerEvent>([
    hook('failed', [aJob('unit', 'failed')]),
    read('failed', [aJob('unit', 'failed')]),
    jobSeen(aJob('unit', 'failed')),
    { type: 'pipelineGone', at },
    { type: 'cancelDone', at },
    { type: 'retryDone', at },
    { type: 'retryRefused', at, reason: 'no' },
    { type: 'jobPlayed', at, jobId: jobId('unit') },
  ])('of any kind, after the end: $type', (event) => {
    expect(decide(finished, event).next).toBe(finished);
    expect(decide(finished, event).actions).toEqual([]);
  });

  test.each<TriggerEvent>([hook('success'), read('success'), jobSeen(aJob('unit', 'running'))])(
    'before there is a pipeline: $type',
    (event) => {
      const requested = aTrigger();
      expect(decide(requested, event).next).toBe(requested);
    },
  );
});

describe('payload', () => {
  test('by an answer counts even when it is the same: GitLab was withLastHook', () => {
    const trigger = aRunning();
    const { next } = decide(trigger, { ...read('running'), at });
    expect(next).toEqual({ ...trigger, observedAt: at, provenAt: at });
  });

  test('about another pipeline does not count as an answer', () => {
    const other = {
      ...read('failed'),
      pipeline: { ...aSnapshot('failed'), id: 7 as PipelineId, jobs: [], failedJobs: [] },
    };
    const trigger = aRunning();
    expect(decide(trigger, other as TriggerEvent).next).toBe(trigger);
  });

  test('of a job is kept for those who follow', () => {
    const { next, actions } = decide(aRunning(), {
      type: 'jobSeen',
      at,
      job: aJob('unit', 'running'),
      isProof: true,
    });
    expect(next).toMatchObject({ jobs: [{ name: 'unit', status: 'running' }], observedAt: at });
    expect(actions).toEqual([]);
  });

  test('of a failed job does not end the trigger: it may be retried by itself', () => {
    const { next, actions } = decide(aRunning(), jobSeen(aJob('unit', 'failed')));
    expect([next.state.kind, actions]).toEqual(['running', []]);
  });

  test('of where the pipeline is to be seen is kept', () => {
    const blind = aRunning();
    const state = { ...blind.state, pipeline: { ...blind.state.pipeline, webUrl: null } };
    const next = after({ ...blind, state }, hook('running'));
    expect(next.state).toMatchObject({ pipeline: { webUrl: aSnapshot('running').webUrl } });
  });

  test('that shows no jobs leaves those we know', () => {
    const jobs = [aJob('unit', 'running')];
    expect(after(aRunning({}, { jobs }), hook('pending', null)).jobs).toBe(jobs);
  });
});

describe('a pipeline that GitLab does not find', () => {
  const missed = (ms: number): TriggerEvent => ({ type: 'pipelineGone', at: at + ms });

  test('twice, 30 s apart: is gone, an error', () => {
    const next = after(aRunning(), missed(0), missed(30_000));
    expect([outcomeOf(next), reasonOf(next)]).toEqual(['error', 'the pipeline is gone: GitLab answers 404']);
  });

  test.each([[[0]], [[0, 29_999]], [[0, 10_000, 20_000]]])('at %j: is waited for', (moments) => {
    expect(outcomeOf(after(aRunning(), ...moments.map(missed)))).toBeNull();
  });

  test.each<[string, TriggerEvent]>([
    ['shows it', { ...read('running'), at: at + 15_000 }],
    ['lists it', { type: 'pipelineListed', at: at + 15_000, pipeline: aSnapshot('running', null), epoch: 0 }],
    [
      'refuses to show its project',
      { type: 'readRefused', at: at + 15_000, reason: '404 Project Not Found' },
    ],
  ])('twice, but GitLab %s in between: is waited for', (_what, between) => {
    expect(outcomeOf(after(aRunning(), missed(0), between, missed(30_000)))).toBeNull();
  });
});

describe('a call that brings no answer', () => {
  const failed = (ms: number, reason: string, isLasting = false): TriggerEvent => ({
    type: 'callFailed',
    at: at + ms,
    reason,
    isLasting,
  });

  test.each<[string, Trigger]>([
    ['before there is a pipeline', aTrigger()],
    ['while it runs', aRunning()],
  ])('is the reason shown, %s, and stored once', (_when, trigger) => {
    const next = after(trigger, failed(0, 'GitLab answers 502'));
    expect(shownReason(next)).toBe('GitLab answers 502');
    expect(decide(next, failed(1_000, 'GitLab answers 502')).next).toBe(next);
  });

  test('is forgotten when GitLab shows the pipeline', () => {
    expect(shownReason(after(aRunning(), failed(0, 'GitLab answers 502'), read('running')))).toBeNull();
  });

  test('is kept while a play of ours has none', () => {
    const playing = aRunning({}, { played: [aPlayed('deploy', 'intended')] });
    const next = after(playing, failed(0, 'GitLab answers 502'), read('running'));
    expect(shownReason(next)).toBe('GitLab answers 502');
  });

  test.each<[string, Trigger]>([
    ['before there is a pipeline', aTrigger()],
    ['while it runs', aRunning()],
    ['while a play of ours has none', aRunning({}, { played: [aPlayed('deploy', 'intended')] })],
  ])('and hardly one soon, %s: has ten minutes', (_when, trigger) => {
    const waiting = after(trigger, failed(0, 'lost', true), failed(599_999, 'lost', true));
    expect(outcomeOf(waiting)).toBeNull();
    const ended = after(waiting, failed(600_000, 'lost', true));
    expect([outcomeOf(ended), reasonOf(ended)]).toEqual(['error', expect.stringContaining('lost')]);
  });

  test('and hardly one soon: has its ten minutes anew after another kind', () => {
    const moments = [failed(0, 'lost', true), failed(500_000, 'reset'), failed(700_000, 'lost', true)];
    expect(outcomeOf(after(aTrigger(), ...moments))).toBeNull();
  });

  test('changes nothing once the trigger has ended', () => {
    const ended = after(aRunning(), read('failed'));
    expect(decide(ended, failed(0, 'lost', true)).next).toBe(ended);
  });
});

describe('a pipeline shown without its jobs', () => {
  const bare = (status: string): TriggerEvent => ({
    type: 'pipelineRead',
    at,
    epoch: 0,
    pipeline: { ...aSnapshot(status), jobs: null, jobsError: '403 Forbidden', failedJobs: [] },
  });

  test.each([
    ['success', 'fail', 'success'],
    ['failed', 'fail', 'failed'],
    ['failed', 'play', 'failed'],
    ['canceled', 'play', 'canceled'],
    ['skipped', 'fail', 'skipped'],
    ['manual', 'fail', 'manual'],
    ['manual', 'pass', 'manual_passed'],
    ['running', 'play', null],
  ] as const)('%s with onManual %s: %s', (status, onManual, outcome) => {
    expect(outcomeOf(after(aRunning({ onManual }), bare(status)))).toBe(outcome);
  });

  test.each([
    ['manual', null],
    ['skipped', null],
    ['success', ['deploy']],
  ])('%s, with jobs to play among them: is waited for, with the reason, for ten minutes', (status, jobs) => {
    const trigger = aRunning({ onManual: 'play', jobs });
    const { next, actions } = decide(trigger, bare(status));
    expect([outcomeOf(next), actions]).toEqual([null, []]);
    expect(shownReason(next)).toContain('its jobs are not shown: 403 Forbidden');
    expect(outcomeOf(after(next, { ...bare(status), at: at + 600_000 }))).toBe('error');
  });

  test.each([
    ['manual', [{ action: 'wait' }], null],
    ['manual', [{ job: 'unit', action: 'pass' }], null],
    ['skipped', [{ job: 'deploy', action: 'play' }], null],
    ['success', [{ job: 'deploy', action: 'play' }], null],
    ['success', [{ job: 'deploy*', action: 'play' }], 'success'],
    ['success', [{ action: 'wait' }], 'success'],
    ['failed', [{ action: 'play' }], 'failed'],
  ] as const)('%s with the rules %j: %s', (status, manual, outcome) => {
    const { next, actions } = decide(aRunning({ manual }), bare(status));
    expect([outcomeOf(next), actions]).toEqual([outcome, []]);
  });

  test.each([
    ['running', 'playable', 'GitLab does not show the jobs, so none can be played: 403 Forbidden'],
    ['running', 'blocked', null],
    ['canceling', 'playable', 'GitLab does not show the jobs, so none can be played: 403 Forbidden'],
    ['success', 'playable', null],
  ] as const)('%s with a job to play when %s: the reason is %s', (status, when, reason) => {
    const manual = [{ job: 'deploy*', action: 'play', when }] as const;
    const next = after(aRunning({ manual }), bare(status));
    expect(shownReason(next)).toBe(reason);
    expect(shownReason(after(next, read('running')))).toBe(null);
  });

  test('names the failed jobs that hooks have shown', () => {
    const trigger = aRunning({}, { jobs: [aJob('unit', 'failed')] });
    const { state } = after(trigger, bare('failed'));
    expect(state).toMatchObject({ kind: 'finished', failedJobs: [{ name: 'unit' }] });
  });
});

describe('a pipeline that GitLab does not show', () => {
  const refused = (ms: number): TriggerEvent => ({
    type: 'readRefused',
    at: at + ms,
    reason: '401 Unauthorized',
  });

  test('may be shown again: the refusal is kept until then', () => {
    const next = after(aRunning(), refused(0), refused(599_999));
    expect([outcomeOf(next), next.refusal]).toEqual([null, { since: at, reason: '401 Unauthorized' }]);
    const shown = after(next, read('running'), refused(600_000));
    expect([outcomeOf(shown), shown.refusal?.since]).toEqual([null, at + 600_000]);
  });

  test('for ten minutes is an error, in GitLab’s words', () => {
    const next = after(aRunning(), refused(0), refused(600_000));
    expect([outcomeOf(next), reasonOf(next)]).toEqual([
      'error',
      'GitLab does not show the pipeline: 401 Unauthorized',
    ]);
  });
});

describe('an answer to a play', () => {
  const playing = (...played: PlayedJob[]) => aRunning({ onManual: 'play' }, { status: 'manual', played });
  const jobPlayed: TriggerEvent = { type: 'jobPlayed', at, jobId: jobId('deploy') };
  const playRefused: TriggerEvent = {
    type: 'playRefused',
    at,
    jobId: jobId('deploy'),
    reason: '403 Forbidden',
  };

  test('is noted, and what was asked of GitLab before is old now', () => {
    const trigger = playing(aPlayed('deploy', 'intended'));
    const { next, actions } = decide(trigger, jobPlayed);
    expect(next).toEqual({ ...trigger, played: [aPlayed('deploy', 'played')], epoch: 1, updatedAt: at });
    expect(actions).toEqual([]);
  });

  test('a refused one leaves the pipeline as it is, so no hook will come: look', () => {
    const { next, actions } = decide(playing(aPlayed('deploy', 'intended')), playRefused);
    expect(next.played).toEqual([aPlayed('deploy', 'refused')]);
    expect(actions).toEqual([{ type: 'confirm' }]);
  });

  test('looks when the last one is answered, not before', () => {
    const trigger = playing(aPlayed('deploy', 'intended'), aPlayed('notify', 'intended'));
    const first = decide(trigger, playRefused);
    expect(first.actions).toEqual([]);
    const last = decide(first.next, { ...jobPlayed, jobId: jobId('notify') });
    expect(last.actions).toEqual([{ type: 'confirm' }]);
  });

  test('that the end of the pipeline has overtaken: look, for no hook will come any more', () => {
    const ended = after(playing(aPlayed('deploy', 'intended')), hook('success', [aJob('deploy', 'success')]));
    expect(outcomeOf(ended)).toBeNull();
    const { next, actions } = decide(ended, jobPlayed);
    expect(actions).toEqual([{ type: 'confirm' }]);
    expect(outcomeOf(after(next, read('success', [aJob('deploy', 'success')], 1)))).toBe('success');
  });

  test.each([jobPlayed, playRefused])('a second one changes nothing: $type', (event) => {
    for (const trigger of [playing(aPlayed('deploy', 'played')), playing(aPlayed('notify', 'intended'))])
      expect(decide(trigger, event)).toEqual(unchanged(trigger));
  });

  test('is noted after the end too', () => {
    const ended = after(playing(aPlayed('deploy', 'intended')), {
      type: 'resolved',
      at,
      outcome: 'failed',
      reason: 'no',
    });
    const { next, actions } = decide(ended, playRefused);
    expect(next.played).toEqual([aPlayed('deploy', 'refused')]);
    expect(actions).toEqual([]);
  });
});

describe('the ends of the logs', () => {
  const failedJobs = [{ ...aJob('unit', 'failed'), traceTail: 'boom' }];

  test('are added to the failed trigger', () => {
    const failed = after(aRunning(), read('failed', [aJob('unit', 'failed')]));
    expect(after(failed, { type: 'tracesRead', at, failedJobs }).state).toMatchObject({
      failedJobs,
      outcome: 'failed',
    });
  });

  test('are of no use while it runs', () => {
    const running = aRunning();
    expect(decide(running, { type: 'tracesRead', at, failedJobs }).next).toBe(running);
  });
});

describe('what is outstanding', () => {
  const wanted = { progress: 'wanted', reason: null } as const;
  const done = { progress: 'done', reason: null } as const;

  test.each<[string, Trigger, readonly string[]]>([
    ['no pipeline yet', aTrigger(), ['start']],
    ['no pipeline yet, and none wanted any more', after(aTrigger(), inDoubt, cancelRequested), ['start']],
    ['nothing to do but to look', aRunning(), ['confirm']],
    ['a cancellation', aRunning({}, { cancel: wanted }), ['cancel']],
    ['a cancellation that GitLab has answered', aRunning({}, { cancel: done }), ['confirm']],
    ['a retry', aRunning({}, { retry: wanted }), ['retry']],
    ['a play', aRunning({}, { played: [aPlayed('deploy', 'intended')] }), ['play']],
    ['plays that are answered', aRunning({}, { played: [aPlayed('deploy', 'played')] }), ['confirm']],
    [
      'everything',
      aRunning({}, { cancel: wanted, retry: wanted, played: [aPlayed('deploy', 'intended')] }),
      ['cancel', 'retry', 'play'],
    ],
    ['the end', finished, []],
    ['the end, with a cancellation to be sent', { ...finished, cancel: wanted }, ['cancel']],
    ['the end before there was a pipeline', { ...after(aTrigger(), abandoned), cancel: wanted }, []],
  ])('%s', (_what, trigger, expected) => {
    expect(outstanding(trigger).map(({ type }) => type)).toEqual(expected);
  });
});

test('the way of a trigger that plays', () => {
  const [deploy, rollback] = [aJob('deploy', 'manual'), optional('rollback', 'manual')];
  const blocked = after(
    aTrigger({ onManual: 'play' }),
    started,
    hook('running'),
    hook('manual', [deploy, rollback]),
  );
  expect(intendedBy(blocked)).toEqual(['deploy']);
  const played = after(
    blocked,
    { type: 'jobPlayed', at, jobId: deploy.id },
    hook('running', [aJob('deploy', 'running'), rollback]),
  );
  expect(outcomeOf(after(played, hook('success', [aJob('deploy', 'success'), rollback])))).toBe('success');
});

describe('a hook that tells no more than which pipeline it is about', () => {
  test('is a question to GitLab while the pipeline is waited for', () => {
    const running = aRunning();
    expect(decide(running, { type: 'pipelineMentioned', at: start })).toEqual({
      next: running,
      actions: [{ type: 'confirm' }],
    });
  });

  test.each([
    ['before there is a pipeline', aTrigger()],
    ['after the end', after(aRunning(), read('success'))],
  ])('means nothing %s', (_when, trigger) => {
    expect(decide(trigger, { type: 'pipelineMentioned', at: start })).toEqual({ next: trigger, actions: [] });
  });
});

describe('a hook that proves nothing', () => {
  test.each(['success', 'failed', 'canceled', 'skipped', 'manual'])(
    'has a pipeline confirmed that is %s',
    (status) => {
      const trigger = aRunning();
      expect(decide(trigger, sharedHook(status, [aJob('deploy', 'manual')]))).toEqual({
        next: trigger,
        actions: [{ type: 'confirm' }],
      });
    },
  );

  test('plays nothing before that', () => {
    const trigger = aRunning({ onManual: 'play' });
    const seen = sharedHook('manual', [aJob('deploy', 'manual')]);
    expect(decide(trigger, seen)).toEqual({ next: trigger, actions: [{ type: 'confirm' }] });
  });

  test('shows an end no more while an action of ours is under way', () => {
    const trigger = aRunning({}, { retry: { progress: 'wanted', reason: null } });
    expect(decide(trigger, sharedHook('success'))).toEqual({ next: trigger, actions: [{ type: 'confirm' }] });
  });

  test.each(['pending', 'running', 'scheduled'])('shows that a pipeline is %s', (status) => {
    const { next, actions } = decide(aRunning({}, { status: 'created' }), sharedHook(status));
    expect([next.state, actions]).toMatchObject([{ pipeline: { status } }, []]);
  });

  test('counts as the hook that reported what is read then', () => {
    const seen = { ...read('running'), at: start + 5 };
    const byHook = after(aRunning({}, { status: 'pending' }), {
      ...seen,
      origin: { why: 'hook' },
    });
    expect([byHook.lastHookAt, byHook.updatedAt]).toEqual([start + 5, start + 5]);
    expect(after(aRunning({}, { status: 'pending' }), seen).lastHookAt).toBeUndefined();
  });
});
