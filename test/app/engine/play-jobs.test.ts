import { describe, expect, test } from 'vitest';
import type { PipelineId } from '../../../src/domain/ids.ts';
import type { TriggerRequest } from '../../../src/domain/trigger/trigger.ts';
import { settled } from '../../fakes/fake-clock.ts';
import type { Interception } from '../../fakes/intercept.ts';
import { dying, failing, held, losingAnswer } from '../../fakes/intercept.ts';
import { reasonOf } from '../../fakes/triggers.ts';
import {
  badGateway,
  connectionReset,
  noAnswer,
  refusal,
  tooManyRequests,
  unreadable,
} from '../../fakes/failures.ts';
import type { Outside } from '../start-engine.ts';
import { createOutside, quietMs, startEngine } from '../start-engine.ts';

const minute = 60_000;

/** A trigger that plays, and its pipeline just before the manual jobs. */
async function begin(request: Partial<TriggerRequest> = {}, outside: Outside = createOutside()) {
  const engine = startEngine(outside);
  const { gitlab, find } = engine;
  const id = await engine.start({ project: 'group/manual', onManual: 'play', ...request });
  gitlab.apply('success', ['build']);
  const [pipeline] = gitlab.pipelines();
  const progress = async () =>
    Object.fromEntries((await find(id)).played.map((job) => [job.name, job.progress]));
  return {
    ...engine,
    id,
    pipelineId: pipeline?.id ?? 0,
    progress,
    /** How often a job has run: once for each time it was played. */
    runsOf: (name: string) =>
      gitlab
        .pipelines()[0]
        ?.jobs.filter((job) => job.name === name && job.status !== 'manual' && job.status !== 'created')
        .length,
    /** The names of the jobs that GitLab was asked to play, in order. */
    asked: () => {
      const names = new Map(
        gitlab.pipelines().flatMap(({ jobs }) => jobs.map((job) => [String(job.id), job.name])),
      );
      return gitlab.calls
        .filter((call) => call.startsWith('playJob'))
        .map((call) => names.get(call.split(' ')[2] ?? ''));
    },
  };
}

test('what blocks is played, block after block, and nothing else', async () => {
  const { hook, gitlab, asked, progress, outcomeOf, id, runsOf, count } = await begin();
  await hook();
  expect(asked()).toEqual(['approve', 'deploy']);
  for (const job of ['approve', 'deploy']) gitlab.apply('success', [job]);
  await hook();
  expect(asked()).toEqual(['approve', 'deploy', 'verify']);
  gitlab.apply('success', ['verify']);
  await hook();
  expect(await outcomeOf(id)).toBe('success');
  expect(await progress()).toEqual({ approve: 'played', deploy: 'played', verify: 'played' });
  expect(runsOf('rollback')).toBe(0);
  // GitLab is read once before each play; the end needs no read: the hook shows that the played jobs ended.
  expect(count('readPipeline')).toBe(3);
});

test('what is named is played in the order of the names', async () => {
  const { hook, asked } = await begin({ jobs: ['deploy', 'rollback', 'approve'] });
  await hook();
  expect(asked()).toEqual(['deploy', 'rollback', 'approve']);
});

test('duplicate, late and concurrent webhooks play no job twice', async () => {
  const { hook, deliver, gitlab, asked, runsOf, pipelineId } = await begin();
  const early = [gitlab.pipelineHook(), gitlab.pipelineHook(), gitlab.pipelineHook()];
  await Promise.all(early.slice(0, 2).map(deliver));
  for (const job of ['approve', 'deploy']) gitlab.apply('success', [job], pipelineId);
  await Promise.all([hook(), ...early.slice(2).map(deliver)]);
  await hook();
  expect(asked()).toEqual(['approve', 'deploy', 'verify']);
  expect([runsOf('approve'), runsOf('deploy')]).toEqual([1, 1]);
});

describe('a person who is faster', () => {
  test('has the job running: GitLab would refuse', async () => {
    const { deliver, hook, gitlab, asked, progress, runsOf } = await begin();
    const late = gitlab.pipelineHook();
    gitlab.apply('play', ['approve']);
    await deliver(late);
    expect([asked(), await progress()]).toEqual([[], { approve: 'played' }]);
    gitlab.apply('success', ['approve']);
    await hook();
    expect(asked()).toEqual(['deploy']);
    expect(await progress()).toEqual({ approve: 'played', deploy: 'played' });
    expect(runsOf('approve')).toBe(1);
  });

  test('has it done: GitLab would run it once more', async () => {
    const { deliver, gitlab, asked, runsOf } = await begin();
    const late = gitlab.pipelineHook();
    gitlab.apply('play', ['approve']);
    gitlab.apply('success', ['approve']);
    await deliver(late);
    expect([asked(), runsOf('approve')]).toEqual([['deploy'], 1]);
  });

  test('is so in the last moment: GitLab refuses, which is no refusal', async () => {
    const { hook, gitlab, progress, outcomeOf, id, runsOf } = await begin({ jobs: ['approve'] });
    gitlab.next('playJob', (execute) => {
      gitlab.apply('play', ['approve']);
      return execute();
    });
    await hook();
    expect([await progress(), await outcomeOf(id), runsOf('approve')]).toEqual([
      { approve: 'played' },
      null,
      1,
    ]);
  });
});

describe('a refusal', () => {
  test('is the end, as blocked, in GitLab’s words: no hook will come', async () => {
    const { hook, gitlab, find, id, outcomeOf, progress } = await begin({ jobs: ['deploy'] });
    gitlab.next('playJob', failing(refusal('403 Forbidden')));
    await hook();
    expect([await outcomeOf(id), await progress()]).toEqual(['manual', { deploy: 'refused' }]);
    expect(reasonOf(await find(id))).toBe('waiting for manual jobs: approve, deploy; deploy: 403 Forbidden');
  });

  test('of one does not keep the next from being played', async () => {
    const { hook, gitlab, asked, progress } = await begin();
    gitlab.next('playJob', failing(refusal('403 Forbidden')));
    await hook();
    expect([asked(), await progress()]).toEqual([
      ['approve', 'deploy'],
      { approve: 'refused', deploy: 'played' },
    ]);
  });

  test('to show the pipeline is none to play in it: the sweep tries again', async () => {
    const { hook, gitlab, progress, asked, clock, engine } = await begin();
    gitlab.next('readPipeline', failing(refusal('401 Unauthorized')));
    await hook();
    expect([asked(), await progress()]).toEqual([[], { approve: 'intended', deploy: 'intended' }]);
    await clock.advance(quietMs);
    await engine.sweep.round();
    await settled();
    expect(asked()).toEqual(['approve', 'deploy']);
  });

  test('because the pipeline is gone is an error', async () => {
    const { deliver, gitlab, outcomeOf, id, pipelineId, clock, engine } = await begin();
    const late = gitlab.pipelineHook();
    gitlab.deletePipeline(pipelineId);
    await deliver(late);
    await clock.advance(quietMs);
    await engine.sweep.round();
    await settled();
    expect(await outcomeOf(id)).toBe('error');
  });

  test('is what there is without a token', async () => {
    const outside = createOutside();
    const { start, gitlab, hook, find, count } = startEngine(outside, { apiToken: null });
    const id = await start({ project: 'group/manual', onManual: 'play' });
    gitlab.apply('success', ['build']);
    await hook();
    expect(reasonOf(await find(id))).toMatch(/approve: there is no GitLab token to play it/);
    expect(count('playJob')).toBe(0);
  });
});

describe('an answer that does not come', () => {
  test.each<[string, Interception, number]>([
    ['reset before', failing(connectionReset()), 2],
    ['reset after', losingAnswer(connectionReset()), 1],
    ['no answer, and not carried out', failing(noAnswer()), 2],
    ['no answer, but carried out', losingAnswer(noAnswer()), 1],
    ['502, but carried out', losingAnswer(badGateway()), 1],
    ['429', failing(tooManyRequests(5_000)), 2],
  ])('%s: the job is looked at before it is played again', async (_what, interception, times) => {
    const { hook, gitlab, asked, progress, runsOf, clock } = await begin({ jobs: ['deploy'] });
    gitlab.next('playJob', interception);
    await hook();
    await clock.advance(2 * minute);
    expect(asked()).toHaveLength(times);
    expect([await progress(), runsOf('deploy')]).toEqual([{ deploy: 'played' }, 1]);
  });

  test('and the job has ended before anybody looked: it is not run again', async () => {
    const { hook, gitlab, asked, runsOf, clock } = await begin({ jobs: ['deploy'] });
    gitlab.next('playJob', losingAnswer(noAnswer()));
    await hook();
    gitlab.apply('success', ['deploy']);
    await clock.advance(2 * minute);
    expect([asked(), runsOf('deploy')]).toEqual([['deploy'], 1]);
  });

  test('while GitLab carries it out late: the job is not played before it must have been', async () => {
    const { hook, gitlab, asked, runsOf, clock } = await begin({ jobs: ['deploy'] });
    gitlab.next('playJob', (execute) => {
      void clock.sleep(45_000).then(execute);
      return Promise.reject(noAnswer());
    });
    await hook();
    await clock.advance(46_000);
    gitlab.apply('success', ['deploy']);
    await clock.advance(2 * minute);
    expect([asked(), runsOf('deploy')]).toEqual([['deploy'], 1]);
  });

  test('to the look: it is looked at again, and not played before', async () => {
    const { hook, gitlab, asked, clock } = await begin({ jobs: ['deploy'] });
    gitlab.next('readPipeline', failing(unreadable()));
    await hook();
    expect(asked()).toEqual([]);
    await clock.advance(minute);
    expect(asked()).toEqual(['deploy']);
  });
});

describe('a crash', () => {
  test.each(['nothing', 'execution'] as const)(
    'during a play, after %s: it is played once',
    async (after) => {
      const outside = createOutside();
      const { gitlab, hook, runsOf } = await begin({ jobs: ['deploy'] }, outside);
      gitlab.next('playJob', dying({ after }));
      await hook();
      const second = startEngine(outside);
      await second.engine.sweep.resume();
      await outside.clock.advance(minute);
      expect(runsOf('deploy')).toBe(1);
    },
  );

  test('during a play that GitLab carries out late: it is not played before it must have been', async () => {
    const outside = createOutside();
    const { gitlab, hook, runsOf, asked, kill, clock } = await begin({ jobs: ['deploy'] }, outside);
    gitlab.next('playJob', (execute) => {
      void clock.sleep(45_000).then(execute);
      return Promise.reject(noAnswer());
    });
    await hook();
    kill();
    await startEngine(outside).engine.sweep.resume();
    await clock.advance(46_000);
    gitlab.apply('success', ['deploy']);
    await clock.advance(minute);
    expect([asked(), runsOf('deploy')]).toEqual([['deploy'], 1]);
  });

  test('before a play that a person did meanwhile: it is not played again', async () => {
    const outside = createOutside();
    const { gitlab, store, hook, runsOf } = await begin({ jobs: ['deploy'] }, outside);
    store.next('claimPlay', dying({ after: 'nothing' }));
    await hook();
    gitlab.apply('play', ['deploy']);
    gitlab.apply('success', ['deploy']);
    const second = startEngine(outside);
    await second.engine.sweep.resume();
    await settled();
    expect(runsOf('deploy')).toBe(1);
  });
});

test('of two triggers of one pipeline, one plays, though both have seen the job waiting', async () => {
  const { start, find, hook, gitlab, count } = startEngine();
  const request = { project: 'group/manual', onManual: 'play', jobs: ['deploy'] } as const;
  await start(request);
  const [pipeline] = gitlab.pipelines();
  gitlab.apply('drop', ['build']);
  const other = await start({ ...request, pipelineId: pipeline?.id as PipelineId });
  gitlab.apply('success', ['build']);
  const way = held('before');
  gitlab.next('playJob', way.interception);
  await hook();
  expect(count('playJob')).toBe(1);
  expect((await find(other)).played).toMatchObject([{ name: 'deploy', progress: 'played' }]);
  way.release();
  await settled();
  expect(count('playJob')).toBe(1);
});

describe('a bridge', () => {
  test('is played as a job is', async () => {
    const { hook, gitlab, asked } = await begin({ project: 'group/parent' });
    await hook();
    expect(asked()).toEqual(['child']);
    expect(gitlab.pipelines()).toMatchObject([{ status: 'running' }, { source: 'parent_pipeline' }]);
  });

  test('that is named is played though it holds nothing up and no hook shows it', async () => {
    const { hook, gitlab, asked, id, outcomeOf } = await begin({
      project: 'group/optional-bridge',
      jobs: ['child'],
    });
    expect(gitlab.pipelines()).toMatchObject([{ status: 'success' }]);
    await hook();
    expect([asked(), await outcomeOf(id)]).toEqual([['child'], null]);
    expect(gitlab.pipelines()).toMatchObject([{ status: 'running' }, { source: 'parent_pipeline' }]);
  });

  test('that a person names is played, too', async () => {
    const { engine, gitlab, asked, id } = await begin({
      project: 'group/optional-bridge',
      onManual: 'fail',
    });
    expect(gitlab.pipelines()).toMatchObject([{ status: 'success' }]);
    await engine.steer.play(id, ['child']);
    await settled();
    expect(asked()).toEqual(['child']);
  });

  test.each<[string, Interception]>([
    ['reset before', failing(connectionReset())],
    ['reset after', losingAnswer(connectionReset())],
    ['refused', failing(refusal('403 Forbidden'))],
  ])('that is not played at first keeps nobody waiting: %s', async (_what, interception) => {
    const { hook, gitlab, id, find, clock } = await begin({ project: 'group/parent' });
    gitlab.next('playJob', interception);
    await hook();
    await clock.advance(minute);
    expect((await find(id)).played).not.toMatchObject([{ progress: 'intended' }]);
    expect(gitlab.pipelines().filter(({ source }) => source === 'parent_pipeline').length).toBeLessThan(2);
  });
});

describe('given up during a play', () => {
  test.each(['cancel', 'resolve'] as const)('%s: what is still to be played is not', async (how) => {
    const { hook, gitlab, engine, id, asked, outcomeOf } = await begin();
    const way = held('after');
    gitlab.next('playJob', way.interception);
    await hook();
    await (how === 'cancel' ? engine.steer.cancel(id, 'ci') : engine.steer.resolve(id, 'failed', 'by hand'));
    way.release();
    await settled();
    expect(asked()).toEqual(['approve']);
    expect(await outcomeOf(id)).toBe(how === 'cancel' ? 'canceled' : 'failed');
  });

  test('while GitLab does not answer: nothing is played when it does', async () => {
    const { hook, gitlab, engine, id, asked, clock, runsOf } = await begin();
    gitlab.next('playJob', failing(tooManyRequests(5 * minute)));
    await hook();
    await engine.steer.cancel(id, 'ci');
    await clock.advance(10 * minute);
    expect([asked(), runsOf('approve'), runsOf('deploy')]).toEqual([['approve'], 0, 0]);
  });
});

test('the end that overtakes the answer to the play is the end', async () => {
  const { hook, gitlab, id, outcomeOf } = await begin({
    project: 'group/manual',
    jobs: ['approve', 'deploy', 'verify'],
  });
  await hook();
  for (const job of ['approve', 'deploy']) gitlab.apply('success', [job]);
  const way = held('after');
  gitlab.next('playJob', way.interception);
  await hook();
  gitlab.apply('success', ['verify']);
  await hook();
  expect(await outcomeOf(id)).toBeNull();
  way.release();
  await settled();
  expect(await outcomeOf(id)).toBe('success');
});

const unplayable = () => refusal('400 Bad request - Unplayable Job');

describe('a 400 to a play of a job that waits all the same', () => {
  test('is tried again for half a minute before it counts as refused', async () => {
    const { hook, gitlab, asked, clock, outcomeOf, id, find } = await begin({ jobs: ['deploy'] });
    gitlab.next('playJob', ...Array.from({ length: 20 }, () => failing(unplayable())));
    await hook();
    await clock.advance(29_000);
    expect([await outcomeOf(id), (await find(id)).played]).toMatchObject([null, [{ progress: 'intended' }]]);
    await clock.advance(1_000);
    expect(await outcomeOf(id)).toBe('manual');
    expect(reasonOf(await find(id))).toMatch(/deploy: 400 Bad request - Unplayable Job/);
    expect(asked().length).toBeLessThan(10);
  });

  test.each([1, 3, 7])('may pass: the job is played after %i of them', async (times) => {
    const { hook, gitlab, clock, progress, runsOf } = await begin({ jobs: ['deploy'] });
    gitlab.next('playJob', ...Array.from({ length: times }, () => failing(unplayable())));
    await hook();
    await clock.advance(30_000);
    expect([await progress(), runsOf('deploy')]).toEqual([{ deploy: 'played' }, 1]);
  });

  test('waits no longer once somebody else has played the job', async () => {
    const { hook, gitlab, asked, clock, progress } = await begin({ jobs: ['deploy'] });
    gitlab.next('playJob', failing(unplayable()));
    await hook();
    gitlab.apply('play', ['deploy']);
    await clock.advance(minute);
    expect([asked(), await progress()]).toEqual([['deploy'], { deploy: 'played' }]);
  });

  test('does not play on while another job runs, but when that has ended', async () => {
    const { hook, gitlab, asked, clock } = await begin({ jobs: ['deploy'] });
    gitlab.next('playJob', failing(unplayable()));
    await hook();
    gitlab.apply('play', ['approve']);
    await clock.advance(minute);
    expect(asked()).toEqual(['deploy']);
    gitlab.apply('success', ['approve']);
    await hook();
    expect(asked()).toEqual(['deploy', 'deploy']);
  });

  test.each(['cancel', 'resolve'] as const)('ends with the trigger: %s', async (how) => {
    const { hook, gitlab, asked, clock, engine, id } = await begin({ jobs: ['deploy'] });
    gitlab.next('playJob', failing(unplayable()));
    await hook();
    await (how === 'cancel' ? engine.steer.cancel(id, 'ci') : engine.steer.resolve(id, 'failed', 'by hand'));
    await clock.advance(minute);
    expect(asked()).toEqual(['deploy']);
  });

  test('ends when the service stops', async () => {
    const { hook, gitlab, asked, engine } = await begin({ jobs: ['deploy'] });
    gitlab.next('playJob', failing(unplayable()));
    await hook();
    await engine.stop();
    expect(asked()).toEqual(['deploy']);
  });

  test('no other refusal is tried again', async () => {
    const { hook, gitlab, asked, outcomeOf, id } = await begin({ jobs: ['deploy'] });
    gitlab.next('playJob', failing(refusal('403 Forbidden - no access to this environment')));
    await hook();
    expect([asked(), await outcomeOf(id)]).toEqual([['deploy'], 'manual']);
  });
});

/** A gate beside a child pipeline, neither of which waits for the other. */
const besideAChild = () =>
  createOutside([
    {
      id: 7,
      path: 'group/beside',
      ci: {
        build: { script: 'make' },
        gate: { script: 'go', when: 'manual', allow_failure: false, needs: ['build'] },
        child: { trigger: { include: 'c', strategy: 'depend' } },
      },
      includes: { c: { 'child-test': { script: 'make test' } } },
    },
  ]);

describe('what no hook shows', () => {
  test('a trigger job that has failed: nothing is played, and that is the verdict', async () => {
    const { start, hook, gitlab, count, outcomeOf } = startEngine(besideAChild());
    const id = await start({ project: 'group/beside', onManual: 'play' });
    const [parent] = gitlab.pipelines();
    gitlab.apply('success', ['build'], parent?.id);
    gitlab.apply('drop', ['child-test']);
    await hook(parent?.id);
    expect([count('playJob'), await outcomeOf(id)]).toEqual([0, 'failed']);
  });
});

test('a job that fails before the next is played keeps that from being played', async () => {
  const { hook, gitlab, asked, outcomeOf, id } = await begin();
  gitlab.next('playJob', async (execute) => {
    await execute();
    gitlab.apply('drop', ['approve']);
  });
  await hook();
  expect([asked(), await outcomeOf(id)]).toEqual([['approve'], 'failed']);
});

test('a person is obeyed while others run and after a failure', async () => {
  const { hook, gitlab, engine, id, asked } = await begin({ jobs: ['verify'] });
  gitlab.apply('play', ['approve']);
  await hook();
  await engine.steer.play(id, ['deploy']);
  await settled();
  expect(asked()).toEqual(['deploy']);
  gitlab.apply('drop', ['approve']);
  await hook();
  await engine.steer.play(id, ['rollback']);
  await settled();
  expect(asked()).toEqual(['deploy', 'rollback']);
});

describe('a rule that plays as soon as GitLab lets it', () => {
  const ci = {
    unit: { script: 'test' },
    deploy: { script: 'do', when: 'manual', allow_failure: false, needs: [] },
    child: { trigger: { include: 'c', strategy: 'depend' } },
  };
  const includes = { c: { 'child-test': { script: 'make test' } } };
  const request = {
    project: 'group/early',
    manual: [{ job: 'deploy', action: 'play', when: 'playable' }],
  } as const;
  const world = () => startEngine(createOutside([{ id: 7, path: 'group/early', ci, includes }]));

  test('does so while others run', async () => {
    const { start, gitlab, hook, count } = world();
    await start(request);
    gitlab.apply('run', ['unit'], gitlab.pipelines()[0]?.id);
    await hook(gitlab.pipelines()[0]?.id);
    expect(count('playJob')).toBe(1);
  });

  test('does not after a failure that no hook shows', async () => {
    const { start, gitlab, hook, count } = world();
    await start(request);
    gitlab.apply('drop', ['child-test']);
    await hook(gitlab.pipelines()[0]?.id);
    await hook(gitlab.pipelines()[0]?.id);
    expect(count('playJob')).toBe(0);
  });
});

test('a rule that waits has a person play the job, and goes on from there', async () => {
  const manual = [
    { job: 'approve', action: 'wait' },
    { job: '*', action: 'play' },
  ] as const;
  const { hook, gitlab, asked, outcomeOf, id } = await begin({ onManual: 'fail', manual });
  await hook();
  expect(asked()).toEqual(['deploy']);
  gitlab.apply('success', ['deploy']);
  await hook();
  expect(await outcomeOf(id)).toBeNull();
  gitlab.apply('play', ['approve']);
  gitlab.apply('success', ['approve']);
  await hook();
  expect(asked()).toEqual(['deploy', 'verify']);
  gitlab.apply('success', ['verify']);
  await hook();
  expect(await outcomeOf(id)).toBe('success');
});

describe('a play that GitLab refuses for good', () => {
  test.each([
    ['skipped', { rollback: { script: 'undo', when: 'manual' } }],
    ['success', { build: { script: 'make' }, rollback: { script: 'undo', when: 'manual' } }],
  ])('ends a pipeline that is %s as blocked, in GitLab’s words', async (_status, ci) => {
    const outside = createOutside([{ id: 7, path: 'group/optional', ci }]);
    const { start, gitlab, hook, find } = startEngine(outside);
    const id = await start({ project: 'group/optional', onManual: 'play', jobs: ['rollback'] });
    gitlab.next('playJob', failing(refusal('403 Forbidden')));
    if ('build' in ci) gitlab.apply('success', ['build']);
    await hook();
    expect((await find(id)).state).toMatchObject({ outcome: 'manual', reason: 'rollback: 403 Forbidden' });
  });

  test('for a person changes no verdict', async () => {
    const ci = { build: { script: 'make' }, rollback: { script: 'undo', when: 'manual' } };
    const { start, gitlab, hook, outcomeOf, engine } = startEngine(
      createOutside([{ id: 7, path: 'group/optional', ci }]),
    );
    const id = await start({ project: 'group/optional' });
    gitlab.next('playJob', failing(refusal('403 Forbidden')));
    await engine.steer.play(id, ['rollback']);
    await settled();
    gitlab.apply('success', ['build']);
    await hook();
    expect(await outcomeOf(id)).toBe('success');
  });
});

test.each(['fail', 'pass', 'play'] as const)(
  'a pipeline that a person canceled in GitLab while a manual job waits counts as canceled: on manual %s',
  async (onManual) => {
    const ci = { unit: { script: 'test' }, deploy: { script: 'do', when: 'manual', allow_failure: false } };
    const { start, gitlab, hook, outcomeOf, count } = startEngine(
      createOutside([{ id: 7, path: 'group/two', ci }]),
    );
    const id = await start({ project: 'group/two', onManual });
    gitlab.apply('run', ['unit']);
    gitlab.apply('cancel');
    expect(gitlab.pipelines()).toMatchObject([{ status: 'manual' }]);
    await hook();
    expect([await outcomeOf(id), count('playJob')]).toEqual(['canceled', 0]);
  },
);

test('a block whose hook is lost is found by the sweep', async () => {
  const { engine, clock, asked } = await begin();
  await clock.advance(quietMs);
  await engine.sweep.round();
  await settled();
  expect(asked()).toEqual(['approve', 'deploy']);
});
