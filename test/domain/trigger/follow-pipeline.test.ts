import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/domain/trigger/decide.ts';
import type { Decision, TriggerEvent } from '../../../src/domain/trigger/event.ts';
import type { Job } from '../../../src/domain/trigger/job.ts';
import type { KnownStatus } from '../../../src/domain/trigger/status.ts';
import type { TriggerRequest } from '../../../src/domain/trigger/trigger.ts';
import {
  aJob,
  aPlayed,
  aRunning,
  after,
  aReading,
  hook,
  intendedBy,
  optional,
  outcomeOf,
  read,
  reasonOf,
  start,
} from '../../fakes/triggers.ts';

/** What a decision comes to, in a word: the outcome, the jobs to play, `confirm`, or `wait`. */
function wordFor({ next, actions }: Decision): string {
  const outcome = outcomeOf(next);
  if (outcome !== null) return outcome;
  const words = actions.map(({ type }) => (type === 'play' ? `play ${intendedBy(next).join(', ')}` : type));
  return words.join(', ') || 'wait';
}

/** Who asks: each column of the table is one of them. */
const askers = {
  fail: { onManual: 'fail' },
  pass: { onManual: 'pass' },
  play: { onManual: 'play' },
  named: { onManual: 'play', jobs: ['rollback', 'deploy'] },
} as const satisfies Record<string, Partial<TriggerRequest>>;

type Asker = keyof typeof askers;

/** What follows from a hook and from an answer of GitLab; one word when it is the same. */
type Expected = string | readonly [hook: string, read: string];

type Row = readonly [
  what: string,
  status: string,
  jobs: readonly Job[],
  by: Readonly<Record<Asker, Expected>>,
];

const all = (expected: Expected): Row[3] => ({
  fail: expected,
  pass: expected,
  play: expected,
  named: expected,
});

const build = aJob('build', 'success');
const created = aJob('verify', 'created');
const deploy = aJob('deploy', 'manual');
const rollback = optional('rollback', 'manual');
const unit = aJob('unit', 'failed');
const lint = optional('lint', 'failed');

/** DESIGN, section 2. */
const table: readonly Row[] = [
  ['success', 'success', [build], { ...all('success'), named: ['confirm', 'success'] }],
  [
    'an optional manual job left',
    'success',
    [build, rollback],
    { ...all('success'), named: 'play rollback' },
  ],
  ['an optional failure', 'success', [build, lint], { ...all('success'), named: ['confirm', 'success'] }],
  ['failed', 'failed', [build, unit], all(['confirm', 'failed'])],
  ['canceled', 'canceled', [build], all(['confirm', 'canceled'])],
  ['skipped', 'skipped', [], all(['confirm', 'skipped'])],
  [
    'nothing but optional manual jobs',
    'skipped',
    [rollback],
    { ...all(['confirm', 'skipped']), named: 'play rollback' },
  ],
  [
    'a manual job that blocks',
    'manual',
    [build, deploy, rollback],
    { fail: 'manual', pass: 'manual_passed', play: 'play deploy', named: 'play rollback, deploy' },
  ],
  [
    'two manual jobs that block',
    'manual',
    [aJob('approve', 'manual'), deploy],
    { fail: 'manual', pass: 'manual_passed', play: 'play approve, deploy', named: 'play deploy' },
  ],
  [
    'a manual job that nobody named',
    'manual',
    [aJob('approve', 'manual')],
    { fail: 'manual', pass: 'manual_passed', play: 'play approve', named: ['confirm', 'manual'] },
  ],
  ['blocked, but a required job has failed', 'manual', [unit, deploy, rollback], all(['confirm', 'failed'])],
  [
    'blocked, and an optional job has failed',
    'manual',
    [lint, deploy],
    { fail: 'manual', pass: 'manual_passed', play: 'play deploy', named: 'play deploy' },
  ],
  [
    'blocked by something that hooks do not show',
    'manual',
    [build],
    {
      fail: ['confirm', 'manual'],
      pass: 'manual_passed',
      play: ['confirm', 'manual'],
      named: ['confirm', 'manual'],
    },
  ],
  [
    'a job that waits to be played while others run',
    'running',
    [aJob('slow', 'running'), deploy],
    all('wait'),
  ],
  ['an optional manual job while others run', 'running', [aJob('slow', 'running'), rollback], all('wait')],
  ['a job that waits to be played while the next is made ready', 'running', [created, deploy], all('wait')],
  ...(
    [
      'waiting_for_resource',
      'preparing',
      'waiting_for_callback',
      'pending',
      'running',
      'scheduled',
      'canceling',
      'meditating',
    ] satisfies (KnownStatus | 'meditating')[]
  ).flatMap((status): Row[] => [
    [
      `blocked beside a job that is ${status}`,
      'manual',
      [aJob('slow', status), deploy, rollback],
      { fail: 'manual', pass: 'manual_passed', play: 'wait', named: 'wait' },
    ],
    [
      `blocked by a job that nobody named, beside an optional job that is ${status}`,
      'manual',
      [optional('slow', status), aJob('approve', 'manual')],
      { fail: 'manual', pass: 'manual_passed', play: 'wait', named: 'wait' },
    ],
    [
      `blocked by something that is not shown, beside a job that is ${status}`,
      'manual',
      [aJob('slow', status)],
      {
        fail: ['confirm', 'manual'],
        pass: 'manual_passed',
        play: ['confirm', 'manual'],
        named: ['confirm', 'manual'],
      },
    ],
    [
      `success with a job to play beside one that is ${status}`,
      'success',
      [aJob('slow', status), rollback],
      { ...all('success'), named: 'wait' },
    ],
    [
      `skipped with a job to play beside one that is ${status}`,
      'skipped',
      [aJob('slow', status), rollback],
      { ...all(['confirm', 'skipped']), named: 'wait' },
    ],
  ]),
  [
    'blocked, with jobs behind the gate',
    'manual',
    [deploy, created],
    { fail: 'manual', pass: 'manual_passed', play: 'play deploy', named: 'play deploy' },
  ],
  [
    'blocked after a cancellation',
    'manual',
    [aJob('unit', 'canceled'), deploy],
    all(['confirm', 'canceled']),
  ],
  [
    'blocked after the cancellation of an optional job',
    'manual',
    [optional('lint', 'canceled'), deploy],
    { fail: 'manual', pass: 'manual_passed', play: 'play deploy', named: 'play deploy' },
  ],
  [
    'blocked after a failure and a cancellation',
    'manual',
    [unit, aJob('slow', 'canceled'), deploy],
    all(['confirm', 'failed']),
  ],
  [
    'a job that waits to be played after a required one has failed',
    'running',
    [unit, aJob('slow', 'running'), deploy, rollback],
    all('wait'),
  ],
  ...(
    [
      'created',
      'waiting_for_resource',
      'preparing',
      'waiting_for_callback',
      'pending',
      'running',
      'scheduled',
      'canceling',
    ] satisfies KnownStatus[]
  ).map((status): Row => [status, status, [aJob('build', status)], all('wait')]),
  ['a status of a GitLab to come', 'meditating', [aJob('build', 'meditating'), deploy], all('wait')],
  ['a status that is a name in every object', 'constructor', [], all('wait')],
];

const both = (expected: Expected): readonly [string, string] =>
  typeof expected === 'string' ? [expected, expected] : expected;

describe.each(table)('%s (%s)', (_what, status, jobs, by) => {
  describe.each(Object.keys(askers) as Asker[])('on manual: %s', (asker) => {
    const [byHook, byRead] = both(by[asker]);
    const trigger = aRunning(askers[asker]);

    test(`a hook: ${byHook}`, () => {
      expect(wordFor(decide(trigger, hook(status, jobs)))).toBe(byHook);
    });

    test(`an answer of GitLab: ${byRead}`, () => {
      expect(wordFor(decide(trigger, read(status, jobs)))).toBe(byRead);
    });

    test('notes the status either way', () => {
      const { next } = decide(trigger, hook(status, jobs));
      expect(next.state).toMatchObject({ pipeline: { status } });
    });
  });
});

describe('a hook that does not show the jobs well enough', () => {
  test.each([
    ['success', 'fail', 'success'],
    ['success', 'play', 'success'],
    ['success', 'named', 'confirm'],
    ['manual', 'fail', 'confirm'],
    ['manual', 'pass', 'confirm'],
    ['manual', 'play', 'confirm'],
    ['running', 'named', 'wait'],
    ['failed', 'fail', 'confirm'],
    ['skipped', 'named', 'confirm'],
  ] as const)('%s, on manual: %s: %s', (status, asker, expected) => {
    expect(wordFor(decide(aRunning(askers[asker]), hook(status, null)))).toBe(expected);
  });
});

describe('jobs that were played', () => {
  const played = (progress: 'intended' | 'played' | 'refused', epoch = 1) =>
    aRunning(
      { onManual: 'play' },
      { status: 'manual', jobs: [deploy], played: [aPlayed('deploy', progress)], epoch },
    );

  test.each(['played', 'refused'] as const)('%s: a hook that shows it manual needs a look', (progress) => {
    expect(wordFor(decide(played(progress), hook('manual', [deploy])))).toBe('confirm');
  });

  test.each(['played', 'refused'] as const)('%s, but still manual: nothing is left to play', (progress) => {
    const { next } = decide(played(progress), read('manual', [deploy], 1));
    expect(outcomeOf(next)).toBe('manual');
  });

  test('in the next block, the next one is played', () => {
    const jobs = [aJob('deploy', 'success'), aJob('verify', 'manual')];
    expect(wordFor(decide(played('played'), hook('manual', jobs)))).toBe('play verify');
  });

  test('of a failed pipeline: its jobs are run again under new ids, which may be played once more', () => {
    const again = aJob('deploy', 'manual', { id: aJob('deploy again', 'manual').id });
    expect(wordFor(decide(played('played'), hook('manual', [again])))).toBe('play deploy');
  });

  test.each([
    hook('success', [aJob('deploy', 'success')]),
    hook('failed', [unit]),
    hook('manual', [deploy]),
    read('success', [], 1),
    read('manual', [deploy], 1),
    read('failed', [unit], 1),
  ])('while a play is on its way, nothing is decided: $type $pipeline.status', (event) => {
    const { next, actions } = decide(played('intended'), event);
    expect(actions).toEqual([]);
    expect(next.state.kind).toBe('running');
  });
});

describe('a success', () => {
  const deployed = aJob('deploy', 'success');
  const afterPlay = aRunning({ onManual: 'play' }, { played: [aPlayed('deploy', 'played')], epoch: 1 });

  test.each([
    ['shows the played job ended', hook('success', [build, deployed]), 'success'],
    ['shows the played job running', hook('success', [build, aJob('deploy', 'running')]), 'confirm'],
    ['shows the played job unplayed', hook('success', [build, deploy]), 'confirm'],
    ['does not show the played job', hook('success', [build]), 'confirm'],
    ['does not show jobs', hook('success', null), 'confirm'],
    ['comes from GitLab, asked before the play', read('success', [build, deployed], 0), 'confirm'],
    ['comes from GitLab, asked after the play', read('success', [build, deployed], 1), 'success'],
  ])('that %s', (_what, event, expected) => {
    expect(wordFor(decide(afterPlay, event))).toBe(expected);
  });

  test('after a refused play needs no proof of that job', () => {
    const refused = aRunning({ onManual: 'play' }, { played: [aPlayed('deploy', 'refused')], epoch: 1 });
    expect(wordFor(decide(refused, hook('success', [build])))).toBe('success');
  });

  test.each(['success', 'skipped'])(
    'or %s that leaves a job unplayed that GitLab refused to play is blocked, in GitLab’s words',
    (status) => {
      const named = { onManual: 'play', jobs: ['rollback'] } as const;
      const refused = aRunning(named, { played: [aPlayed('rollback', 'refused')], epoch: 1 });
      expect(wordFor(decide(refused, hook(status, [build, rollback])))).toBe('confirm');
      expect(wordFor(decide(refused, read(status, [build, rollback], 0)))).toBe('confirm');
      const { next } = decide(refused, read(status, [build, rollback], 1));
      expect([outcomeOf(next), reasonOf(next)]).toEqual(['manual', 'rollback: 403 Forbidden']);
    },
  );

  test('that leaves a job unplayed is one where a person asked for that play, or somebody else played it', () => {
    const asked = aPlayed('rollback', 'refused', { isRequested: true });
    expect(
      outcomeOf(after(aRunning({}, { played: [asked], epoch: 1 }), read('success', [rollback], 1))),
    ).toBe('success');
    const refused = aRunning(
      { onManual: 'play', jobs: ['rollback'] },
      { played: [aPlayed('rollback', 'refused')], epoch: 1 },
    );
    expect(outcomeOf(after(refused, read('success', [optional('rollback', 'success')], 1)))).toBe('success');
  });

  test('after a retry is proven by GitLab alone: its jobs have new ids', () => {
    const retried = aRunning({}, { retry: { progress: 'done', reason: null }, epoch: 1 });
    expect(wordFor(decide(retried, hook('success', [build])))).toBe('confirm');
    expect(wordFor(decide(retried, read('success', [build], 0)))).toBe('confirm');
    expect(wordFor(decide(retried, read('success', [build], 1)))).toBe('success');
  });
});

describe('an end', () => {
  test.each(['failed', 'canceled', 'skipped'])(
    '%s, seen before what we did to the pipeline, is old',
    (status) => {
      const trigger = aRunning({}, { epoch: 2 });
      expect(wordFor(decide(trigger, read(status, [], 1)))).toBe('confirm');
      expect(wordFor(decide(trigger, read(status, [], 2)))).toBe(status);
    },
  );

  test('blocked, seen before what we did to the pipeline, is old', () => {
    expect(wordFor(decide(aRunning({}, { epoch: 1 }), read('manual', [deploy], 0)))).toBe('confirm');
  });

  test('failed brings the required jobs that failed, with the details that GitLab reported', () => {
    const failedJobs = [{ ...unit, traceTail: 'boom' }];
    const pipeline = { ...aReading('failed', [build, unit, lint]), failedJobs };
    const { next } = decide(aRunning(), { type: 'pipelineRead', at: start + 7, pipeline, epoch: 0 });
    expect(next.state).toMatchObject({ kind: 'finished', failedJobs, finishedAt: start + 7, reason: null });
  });

  test('canceled says who asked for it', () => {
    const cancel = { progress: 'done', reason: 'canceled by admin' } as const;
    const { next } = decide(aRunning({}, { cancel }), read('canceled'));
    expect(reasonOf(next)).toBe('canceled by admin');
  });

  test('canceled by somebody else says nothing', () => {
    expect(reasonOf(after(aRunning(), read('canceled')))).toBeNull();
  });

  test('blocked names the jobs that block, and what GitLab said against playing them', () => {
    const trigger = aRunning({ onManual: 'play' }, { played: [aPlayed('deploy', 'refused')], epoch: 1 });
    const { next } = decide(
      trigger,
      read('manual', [build, deploy, rollback, aJob('approve', 'success')], 1),
    );
    expect(reasonOf(next)).toBe('waiting for manual jobs: deploy; deploy: 403 Forbidden');
  });
});

describe('the jobs named to be played', () => {
  const named = (...jobs: string[]) => aRunning({ onManual: 'play', jobs });

  test('are played in the order of their names, whatever their order in the pipeline', () => {
    const jobs = [aJob('one', 'manual'), aJob('two', 'manual'), aJob('three', 'manual')];
    expect(wordFor(decide(named('three', 'one'), hook('manual', jobs)))).toBe('play three, one');
  });

  test('are played once, however often they are named', () => {
    expect(wordFor(decide(named('deploy', 'rollback', 'deploy'), hook('manual', [deploy, rollback])))).toBe(
      'play deploy, rollback',
    );
  });

  test('are not played before they wait for it', () => {
    const jobs = [aJob('deploy', 'created'), rollback];
    expect(wordFor(decide(named('deploy', 'rollback'), hook('manual', jobs)))).toBe('play rollback');
  });

  test('are not looked for unless jobs are to be played', () => {
    expect(wordFor(decide(aRunning({ onManual: 'fail', jobs: ['deploy'] }), hook('running', [deploy])))).toBe(
      'wait',
    );
  });
});

describe('one by one, as the Python command played', () => {
  const oneByOne = { onManual: 'play', playOneByOne: true } as const;
  const approve = aJob('approve', 'manual');
  const blocked = [build, rollback, approve, deploy];

  test.each<[string, string, readonly Job[], string]>([
    ['the first job that blocks', 'manual', blocked, 'play approve'],
    ['nothing while others run', 'running', blocked, 'wait'],
    ['nothing optional, where that is all there is left', 'success', [build, rollback], 'success'],
    [
      'the first optional job, where the pipeline got nowhere without',
      'skipped',
      [rollback, optional('notify', 'manual')],
      'play rollback',
    ],
    ['nothing once a required job has failed', 'manual', [unit, ...blocked], 'confirm'],
  ])('%s', (_what, status, jobs, expected) => {
    expect(wordFor(decide(aRunning(oneByOne), hook(status, jobs)))).toBe(expected);
  });

  test('the next one each time that the pipeline stands still', () => {
    const played = aRunning(oneByOne, { played: [aPlayed('approve', 'played')], epoch: 1 });
    const jobs = [build, rollback, aJob('approve', 'success'), deploy];
    expect(wordFor(decide(played, hook('manual', jobs)))).toBe('play deploy');
    expect(wordFor(decide(played, read('manual', [approve], 1)))).toBe('manual');
  });

  test('makes no difference to jobs that are named', () => {
    const named = aRunning({ ...oneByOne, jobs: ['deploy', 'approve'] });
    expect(wordFor(decide(named, hook('manual', blocked)))).toBe('play deploy, approve');
  });
});

describe('rules', () => {
  const rules: Partial<TriggerRequest> = {
    manual: [
      { job: 'early', action: 'play', when: 'playable' },
      { job: 'deploy', action: 'play' },
      { job: 'rollback', action: 'play' },
      { job: 'wait*', action: 'wait' },
      { job: 'pass*', action: 'pass' },
    ],
  };
  const early = aJob('early', 'manual');
  const [waits, passes, other] = ['wait', 'pass', 'other'].map((name) => aJob(name, 'manual')) as [
    Job,
    Job,
    Job,
  ];

  test.each<[string, string, readonly Job[], Expected]>([
    ['what is to be played is played first', 'manual', [waits, passes, other, deploy], 'play deploy'],
    ['then what waits is waited for', 'manual', [waits, passes, other], 'wait'],
    ['then a job that no rule fits ends it', 'manual', [passes, other], ['confirm', 'manual']],
    ['then it passes', 'manual', [passes], ['confirm', 'manual_passed']],
    ['an optional job is played by its name', 'success', [rollback], 'play rollback'],
    ['an optional job by its name starts a skipped pipeline', 'skipped', [rollback], 'play rollback'],
    ['another optional job does not', 'skipped', [optional('wait', 'manual')], ['confirm', 'skipped']],
    [
      'playable is played while others run',
      'running',
      [aJob('slow', 'running'), early, deploy],
      'play early',
    ],
    [
      'playable is played in a pipeline that is delayed',
      'scheduled',
      [aJob('slow', 'scheduled'), early],
      'play early',
    ],
    [
      'playable is played beside what is under way',
      'manual',
      [aJob('slow', 'scheduled'), early, deploy],
      'play early',
    ],
    ['playable is played with what blocks', 'manual', [early, deploy], 'play early, deploy'],
    ['playable is not played after a failure', 'running', [unit, early], 'wait'],
    ['playable is not played after a failure, blocked', 'manual', [unit, early], ['confirm', 'failed']],
    ['playable is not played while it is canceled', 'canceling', [early], 'wait'],
    ['what waits is not waited for after a failure', 'manual', [unit, waits], ['confirm', 'failed']],
  ])('%s', (_what, status, jobs, expected) => {
    const [byHook, byRead] = both(expected);
    expect(wordFor(decide(aRunning(rules), hook(status, jobs)))).toBe(byHook);
    expect(wordFor(decide(aRunning(rules), read(status, jobs)))).toBe(byRead);
  });

  test('a success whose hook may hide a named trigger job is confirmed', () => {
    expect(wordFor(decide(aRunning(rules), hook('success', [build])))).toBe('confirm');
    const waiting = aRunning({ manual: [{ job: '*', action: 'wait' }] });
    expect(wordFor(decide(waiting, hook('success', [build])))).toBe('success');
  });

  test('take the place of one by one', () => {
    const request = { ...rules, onManual: 'play', playOneByOne: true } as const;
    expect(wordFor(decide(aRunning(request), hook('manual', [other, early, deploy])))).toBe(
      'play early, deploy',
    );
  });

  test('an early play is postponed after a failure, not by what runs', () => {
    const intended = aRunning(rules, { played: [aPlayed('early', 'intended', { isEarly: true })] });
    const { next } = decide(intended, {
      type: 'playPostponed',
      at: start,
      pipeline: aReading('running', [unit, early]),
      epoch: 0,
    });
    expect(next.played).toEqual([]);
  });
});

describe('a play that is postponed', () => {
  const intended = aRunning(
    { onManual: 'play' },
    {
      status: 'manual',
      jobs: [deploy],
      played: [aPlayed('deploy', 'intended'), aPlayed('rollback', 'intended', { isRequested: true })],
    },
  );
  const postponed = (status: string, jobs: readonly Job[], epoch = 0): TriggerEvent => ({
    type: 'playPostponed',
    at: start + 1,
    pipeline: aReading(status, jobs),
    epoch,
  });

  test('is decided on again when the pipeline stands still; what a person asked for stays', () => {
    const { next, actions } = decide(intended, postponed('running', [aJob('slow', 'running'), deploy]));
    expect([intendedBy(next), actions]).toEqual([['rollback'], []]);
    const asked = after(next, { type: 'jobPlayed', at: start + 2, jobId: aJob('rollback', 'manual').id });
    expect(wordFor(decide(asked, read('manual', [aJob('slow', 'success'), deploy], 1)))).toBe('play deploy');
  });

  test('ends the trigger where GitLab shows a failure or a cancellation', () => {
    const alone = { ...intended, played: [aPlayed('deploy', 'intended')] };
    expect(outcomeOf(after(alone, postponed('manual', [unit, deploy])))).toBe('failed');
    expect(outcomeOf(after(alone, postponed('manual', [aJob('unit', 'canceled'), deploy])))).toBe('canceled');
  });

  test('changes nothing in a trigger that has ended', () => {
    const ended = after(aRunning(), read('failed', [unit]));
    expect(decide(ended, postponed('running', [deploy]))).toEqual({ next: ended, actions: [] });
  });
});

describe('after a cancellation', () => {
  const cancel = { progress: 'done', reason: 'canceled by ci' } as const;

  test.each(Object.keys(askers) as Asker[])('nothing is played any more: on manual: %s', (asker) => {
    const trigger = aRunning(askers[asker], { cancel });
    expect(wordFor(decide(trigger, hook('running', [deploy, rollback])))).toBe('wait');
    expect(wordFor(decide(trigger, hook('manual', [deploy, rollback])))).toBe('confirm');
    expect(wordFor(decide(trigger, hook('success', [deploy, rollback])))).toBe('success');
  });

  test.each(Object.keys(askers) as Asker[])(
    'a pipeline that waits for a manual job is canceled: on manual: %s',
    (asker) => {
      const { next } = decide(
        aRunning(askers[asker], { cancel }),
        read('manual', [aJob('unit', 'canceled'), deploy]),
      );
      expect([outcomeOf(next), reasonOf(next)]).toEqual(['canceled', 'canceled by ci']);
    },
  );
});
