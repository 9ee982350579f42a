import { describe, expect, test } from 'vitest';
import type { Job } from '../../../src/domain/trigger/job.ts';
import type { ManualRule } from '../../../src/domain/trigger/manual-rules.ts';
import {
  jobsToPlayBy,
  mayPlay,
  mayPlayEarly,
  namedToPlay,
  rulesOf,
  whenBlocked,
} from '../../../src/domain/trigger/manual-rules.ts';
import { aJob, aRequest, jobId, optional } from '../../fakes/triggers.ts';

const none = new Set<never>();
const approve = aJob('approve', 'manual');
const deploy = aJob('deploy', 'manual', { stage: 'prod' });
const rollback = optional('rollback', 'manual');
const smoke = aJob('smoke: [eu/west]', 'manual', { stage: 'test' });

const played = (request: Parameters<typeof jobsToPlayBy>[0], jobs: readonly Job[]) =>
  jobsToPlayBy(request, jobs).map(({ job, isEarly }) => `${job.name}${isEarly ? ' early' : ''}`);
const by = (...manual: ManualRule[]) => aRequest({ manual });

describe('what a rule fits', () => {
  test.each<[string, ManualRule, readonly string[]]>([
    ['nothing said: every job that blocks', { action: 'play' }, ['approve', 'deploy', 'smoke: [eu/west]']],
    ['*', { job: '*', action: 'play' }, ['approve', 'deploy', 'smoke: [eu/west]']],
    ['a name', { job: 'deploy', action: 'play' }, ['deploy']],
    ['a name in another case', { job: 'Deploy', action: 'play' }, []],
    ['a part of a name', { job: 'dep', action: 'play' }, []],
    ['the beginning of a name', { job: 'dep*', action: 'play' }, ['deploy']],
    ['a name with a slash', { job: 'smoke: [*]', action: 'play' }, ['smoke: [eu/west]']],
    ['two stars, which are as good as one', { job: '**ploy', action: 'play' }, ['deploy']],
    ['a stage', { stage: 'prod', action: 'play' }, ['deploy']],
    ['stages', { stage: '*t', action: 'play' }, ['approve', 'smoke: [eu/west]']],
    ['a name in a stage', { job: 'deploy', stage: 'prod', action: 'play' }, ['deploy']],
    ['a name in another stage', { job: 'deploy', stage: 'test', action: 'play' }, []],
  ])('%s', (_what, rule, expected) => {
    expect(played(by(rule), [approve, deploy, rollback, smoke])).toEqual(expected);
  });

  const eu = aJob('eu', 'manual', { environment: { name: 'eu/live', tier: 'production' } });
  const old = aJob('old', 'manual', { environment: { name: 'live', tier: null } });
  const bare = aJob('bare', 'manual', { environment: null });
  test.each<[string, ManualRule, readonly string[]]>([
    ['an environment', { environment: 'eu/live', action: 'play' }, ['eu']],
    ['a pattern of environments', { environment: '*live', action: 'play' }, ['eu', 'old']],
    [
      'any environment: not what has none, nor what is not known',
      { environment: '*', action: 'play' },
      ['eu', 'old'],
    ],
    ['a tier', { tier: 'production', action: 'play' }, ['eu']],
    ['any tier', { tier: '*', action: 'play' }, ['eu']],
    ['a name and a tier', { job: 'old', tier: 'production', action: 'play' }, []],
  ])('by what webhooks show: %s', (_what, rule, expected) => {
    expect(played(by(rule), [eu, old, bare, deploy])).toEqual(expected);
  });

  test('a job that does not wait is played by no rule', () => {
    expect(played(by({ action: 'play' }), [aJob('deploy', 'created'), aJob('approve', 'running')])).toEqual(
      [],
    );
  });
});

describe('the first rule that fits', () => {
  test('decides, whatever the next ones say', () => {
    const rules = by({ job: 'deploy', action: 'fail' }, { job: '*', action: 'play' });
    expect(played(rules, [approve, deploy])).toEqual(['approve']);
    expect(whenBlocked(rules, [deploy], none)).toBe('fail');
  });

  test('says nothing about the order: jobs are played in that of the pipeline', () => {
    const rules = by({ job: 'deploy', action: 'play' }, { job: 'approve', action: 'play' });
    expect(played(rules, [approve, deploy])).toEqual(['approve', 'deploy']);
  });
});

describe('an optional manual job', () => {
  test.each<[string, ManualRule, readonly string[]]>([
    ['is played by its exact name', { job: 'rollback', action: 'play' }, ['rollback']],
    ['is not played by a pattern', { job: 'roll*', action: 'play' }, []],
    ['is not played by a stage', { stage: 'test', action: 'play' }, []],
    ['is not played by all', { action: 'play' }, []],
    ['is played by its name in its stage', { job: 'rollback', stage: 'test', action: 'play' }, ['rollback']],
  ])('%s', (_what, rule, expected) => {
    expect(played(by(rule), [rollback])).toEqual(expected);
  });

  test('is not waited for, nor does it end anything', () => {
    for (const action of ['wait', 'fail'] as const) {
      const rules = by({ job: 'rollback', action }, { job: '*', action: 'pass' });
      expect(whenBlocked(rules, [rollback, deploy], none)).toBe('pass');
    }
  });

  test('whose name has a star is played by that name', () => {
    expect(played(by({ job: 'undo *', action: 'play' }), [optional('undo *', 'manual')])).toEqual(['undo *']);
  });
});

describe('a blocked pipeline with nothing to play', () => {
  const rules = by(
    { job: 'wait*', action: 'wait' },
    { job: 'fail*', action: 'fail' },
    { job: 'pass*', action: 'pass' },
    { job: 'play*', action: 'play' },
  );
  const named = (...names: string[]) => names.map((name) => aJob(name, 'manual'));

  test.each<[string, readonly string[], 'wait' | 'fail' | 'pass']>([
    ['waits', ['wait'], 'wait'],
    ['fails', ['fail'], 'fail'],
    ['passes', ['pass'], 'pass'],
    ['waits before it fails', ['fail', 'wait'], 'wait'],
    ['waits before it passes', ['pass', 'wait'], 'wait'],
    ['fails before it passes', ['pass', 'fail'], 'fail'],
    ['waits before all', ['pass', 'fail', 'wait', 'other'], 'wait'],
    ['passes where everything passes', ['pass 1', 'pass 2'], 'pass'],
    ['fails by a job that no rule fits', ['other'], 'fail'],
  ])('%s', (_what, names, expected) => {
    expect(whenBlocked(rules, named(...names), none)).toBe(expected);
  });

  test('fails by a job that no rule fits, before it passes by another', () => {
    expect(whenBlocked(rules, named('pass', 'other'), none)).toBe('fail');
  });

  test('fails by a job that GitLab did not play', () => {
    expect(whenBlocked(rules, named('pass', 'play'), new Set([jobId('play')]))).toBe('fail');
  });

  test('of which nothing is shown fails, unless everything passes', () => {
    expect(whenBlocked(rules, [], none)).toBe('fail');
    expect(whenBlocked(by({ job: '*', action: 'pass' }), [], none)).toBe('pass');
  });
});

describe('as soon as GitLab lets it be played', () => {
  test('is said by a rule for the jobs that it decides for', () => {
    const rules = by({ job: 'deploy', action: 'play', when: 'playable' }, { job: '*', action: 'play' });
    expect(played(rules, [approve, deploy])).toEqual(['approve', 'deploy early']);
    expect([mayPlay(rules), mayPlayEarly(rules)]).toEqual([true, true]);
  });

  test('is not the default', () => {
    expect(mayPlayEarly(by({ action: 'play' }, { action: 'play', when: 'blocked' }))).toBe(false);
  });
});

describe('the short form', () => {
  test.each([
    ['fail', null, [{ job: '*', action: 'fail' }]],
    ['pass', null, [{ job: '*', action: 'pass' }]],
    ['play', null, [{ job: '*', action: 'play' }]],
    ['fail', ['deploy'], [{ job: '*', action: 'fail' }]],
    [
      'play',
      ['b', 'a'],
      [
        { job: 'b', action: 'play', isLiteral: true },
        { job: 'a', action: 'play', isLiteral: true },
      ],
    ],
  ] as const)('%s, jobs %j', (onManual, jobs, expected) => {
    expect(rulesOf(aRequest({ onManual, jobs }))).toEqual(expected);
  });

  test('plays in the order of the names, each of that name, and a star is a letter', () => {
    const jobs = [approve, deploy, rollback, aJob('*', 'manual')];
    expect(played(aRequest({ onManual: 'play', jobs: ['rollback', 'approve'] }), jobs)).toEqual([
      'rollback',
      'approve',
    ]);
    expect(played(aRequest({ onManual: 'play', jobs: ['*'] }), jobs)).toEqual(['*']);
  });
});

test('jobs to play by their names are those of rules without a star', () => {
  const rules = by(
    { job: 'a', action: 'play' },
    { job: 'b*', action: 'play' },
    { job: 'c', action: 'wait' },
    { action: 'play' },
  );
  expect(namedToPlay(rules)).toEqual(['a']);
  expect(namedToPlay(aRequest({ onManual: 'play', jobs: ['b*'] }))).toEqual(['b*']);
  expect(namedToPlay(aRequest({ onManual: 'play' }))).toEqual([]);
});
