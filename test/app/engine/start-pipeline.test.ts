import { describe, expect, test } from 'vitest';
import { triggerIdVariable } from '../../../src/domain/ids.ts';
import type { PipelineId, TriggerId } from '../../../src/domain/ids.ts';
import type { Trigger } from '../../../src/domain/trigger/trigger.ts';
import { reasonOf as shownReason } from '../../../src/domain/trigger/finish.ts';
import { isOpen } from '../../../src/domain/trigger/trigger.ts';
import { settled } from '../../fakes/fake-clock.ts';
import type { Interception } from '../../fakes/intercept.ts';
import { dying, failing, held, losingAnswer } from '../../fakes/intercept.ts';
import { outcomeOf, reasonOf } from '../../fakes/triggers.ts';
import {
  badGateway,
  connectionReset,
  noAnswer,
  redirected,
  refusal,
  storageUnavailable,
  tooManyPipelines,
  tooManyRequests,
  unreachable,
  unreadable,
  unresolved,
} from '../../fakes/failures.ts';
import { createOutside, startEngine } from '../start-engine.ts';

const endOf = (trigger: Trigger) => [outcomeOf(trigger), reasonOf(trigger)];
const minute = 60_000;

describe('a new pipeline', () => {
  test('is made on the ref, with what the request brought and our id', async () => {
    const { start, find, gitlab } = startEngine();
    const id = await start({ ref: 'main' }, { variables: { A: '1' }, inputs: { env: 'prod' } });
    const [pipeline, ...others] = gitlab.pipelines();
    expect(others).toEqual([]);
    expect(pipeline).toMatchObject({
      ref: 'main',
      variables: { A: '1', [triggerIdVariable]: id },
      inputs: { env: 'prod' },
    });
    expect((await find(id)).state).toMatchObject({
      kind: 'running',
      pipeline: { id: pipeline?.id, status: 'created' },
    });
  });

  test('is asked for once the trigger is stored, and that it is asked for is stored before', async () => {
    const { start, store, gitlab } = startEngine();
    const asked: unknown[] = [];
    gitlab.next('createPipeline', async (execute) => {
      asked.push((await store.port.find('trg_1' as TriggerId))?.trigger.state);
      return execute();
    });
    await start();
    expect(asked).toEqual([
      { kind: 'requested', lastError: null, inDoubtUntil: expect.any(Number) as number },
    ]);
  });

  test('refused by GitLab is an error, in its words', async () => {
    const { start, find, gitlab } = startEngine();
    const trigger = await find(await start({ ref: 'nope' }));
    expect(endOf(trigger)).toEqual(['error', 'Reference not found']);
    expect(gitlab.pipelines()).toEqual([]);
  });

  test('of a project that is not there is an error', async () => {
    const { start, outcomeOf } = startEngine();
    expect(await outcomeOf(await start({ project: 'group/nope' }))).toBe('error');
  });

  test('with a broken configuration is an error that shows it', async () => {
    const { start, find, gitlab } = startEngine();
    const { state } = await find(await start({ project: 'group/broken' }));
    const [pipeline] = gitlab.pipelines();
    expect(state).toMatchObject({
      outcome: 'error',
      reason: pipeline?.yamlErrors,
      pipeline: { id: pipeline?.id },
    });
  });

  test.each<
    [
      string,
      Partial<Parameters<typeof startEngine>[1]>,
      Parameters<ReturnType<typeof startEngine>['start']>,
      string,
    ]
  >([
    ['at all', { apiToken: null, triggerToken: null }, [{}], 'create the pipeline'],
    ['for that GitLab', {}, [{ gitlabUrl: 'https://other.example.com' }], 'create the pipeline'],
    ['to look for the one to retry', { apiToken: null }, [{ retry: true }], 'find the pipeline to retry'],
  ])('without a token %s is an error', async (_what, service, asked, purpose) => {
    const { start, find, gitlab } = startEngine(createOutside(), service);
    expect(endOf(await find(await start(...asked)))).toEqual([
      'error',
      `there is no GitLab token to ${purpose}`,
    ]);
    expect(gitlab.calls).toEqual([]);
  });

  test('needs no API token', async () => {
    const { start, find, gitlab } = startEngine(createOutside(), { apiToken: null });
    expect((await find(await start())).state.kind).toBe('running');
    expect(gitlab.pipelines()).toHaveLength(1);
  });
});

describe('a way to GitLab that is set up wrongly', () => {
  test.each<[string, object, 'createPipeline' | 'newestPipeline' | 'showPipeline' | 'tipOf']>([
    ['a new pipeline', {}, 'createPipeline'],
    ['the newest one', { retry: true }, 'newestPipeline'],
    ['one by its id', { pipelineId: 5 as PipelineId }, 'showPipeline'],
  ])('is an error immediately, and nothing was made: %s', async (_what, request, method) => {
    const { start, find, gitlab, count } = startEngine();
    gitlab.next(method, failing(redirected()));
    const trigger = await find(await start(request));
    expect(endOf(trigger)).toEqual(['error', redirected().message]);
    expect([isOpen(trigger), count(method), gitlab.pipelines()]).toEqual([false, 1, []]);
  });

  test('while a pipeline may have been made: it is looked for before that is an error', async () => {
    const { start, find, gitlab, clock } = startEngine();
    gitlab.next('createPipeline', losingAnswer(connectionReset()));
    gitlab.next('findPipeline', failing(redirected()), failing(redirected()));
    const id = await start();
    await clock.advance(minute);
    expect((await find(id)).state).toMatchObject({ kind: 'running' });
    expect(gitlab.pipelines()).toHaveLength(1);
  });
});

describe('a name that does not resolve', () => {
  test.each([
    [9, 'running'],
    [12, 'finished'],
  ])('for %i minutes: %s', async (minutes, kind) => {
    const { start, find, gitlab, clock } = startEngine();
    const until = clock.now() + minutes * minute;
    const lost = Array.from({ length: 2_000 }, (): Interception => async (execute) => {
      if (clock.now() < until) throw unresolved();
      return execute();
    });
    gitlab.next('createPipeline', ...lost);
    const id = await start();
    expect(shownReason(await find(id))).toBe('GitLab cannot be reached (ENOTFOUND)');
    await clock.advance(13 * minute);
    expect((await find(id)).state.kind).toBe(kind);
  });
});

test('GitLab’s limit of pipelines a minute is waited for: one pipeline', async () => {
  const { start, find, gitlab, clock, count } = startEngine();
  gitlab.next('createPipeline', failing(tooManyPipelines()));
  const id = await start();
  expect(shownReason(await find(id))).toMatch(/^Too many pipelines/);
  // Whatever GitLab answers others meanwhile.
  await start();
  await clock.advance(59_999);
  expect(count('createPipeline')).toBe(2);
  await clock.advance(1_000);
  expect((await find(id)).state.kind).toBe('running');
  expect(gitlab.pipelines()).toHaveLength(2);
});

describe('a GitLab that gives no answer is the reason shown', () => {
  test.each<[string, object, 'createPipeline' | 'newestPipeline' | 'showPipeline' | 'tipOf']>([
    ['to make a pipeline', {}, 'createPipeline'],
    ['to find the newest one', { retry: true }, 'newestPipeline'],
    ['to find one by its id', { pipelineId: 5 as PipelineId }, 'showPipeline'],
  ])('asked %s', async (_what, request, method) => {
    const { start, find, gitlab } = startEngine();
    gitlab.next(method, failing(unreachable()));
    expect(shownReason(await find(await start(request)))).toBe('GitLab cannot be reached (ECONNREFUSED)');
  });

  test('asked to retry, until it does', async () => {
    const { start, find, gitlab, clock } = startEngine();
    await start();
    gitlab.apply('drop', ['build']);
    gitlab.next('retryPipeline', failing(badGateway()));
    const id = await start({ retry: true });
    expect(shownReason(await find(id))).toBe('GitLab answers 502');
    await clock.advance(10_000);
    expect([shownReason(await find(id)), (await find(id)).retry?.progress]).toEqual([null, 'done']);
  });
});

test('what waits for GitLab goes on within 5 s of its first answer, however long it has waited', async () => {
  const { start, find, gitlab, clock } = startEngine();
  let isAway = true;
  const away = Array.from({ length: 5_000 }, (): Interception => async (execute) => {
    if (isAway) throw unreachable();
    return execute();
  });
  gitlab.next('createPipeline', ...away);
  const ids: TriggerId[] = [];
  for (let index = 0; index < 30; index += 1) ids.push(await start());
  await clock.advance(20 * minute);
  isAway = false;
  await clock.advance(5_000);
  const kinds = await Promise.all(ids.map(async (id) => (await find(id)).state.kind));
  expect(new Set(kinds)).toEqual(new Set(['running']));
  expect(gitlab.pipelines()).toHaveLength(30);
});

describe('a ref written in full', () => {
  test('is found again when the answer is lost: one pipeline', async () => {
    const { start, find, gitlab, clock } = startEngine();
    gitlab.next('createPipeline', losingAnswer(connectionReset()));
    const id = await start({ ref: 'refs/heads/main' });
    await clock.advance(minute);
    expect((await find(id)).state.kind).toBe('running');
    expect(gitlab.pipelines()).toHaveLength(1);
  });

  test.each([
    ['of another ref', { ref: 'feature/slash' }],
    ['of another project', { projectId: 99 }],
  ])('one %s that carries our id is not taken for it', async (_what, other) => {
    const { start, find, gitlab, clock } = startEngine();
    gitlab.next('createPipeline', failing(badGateway()));
    gitlab.next('findPipeline', () =>
      Promise.resolve({
        id: 7,
        projectId: 1,
        ref: 'main',
        sha: '',
        status: 'running',
        webUrl: null,
        ...other,
      }),
    );
    const id = await start({ project: '1', ref: 'refs/heads/main' });
    await clock.advance(minute);
    expect((await find(id)).state).toMatchObject({ pipeline: { id: gitlab.pipelines()[0]?.id } });
    expect(gitlab.pipelines()).toHaveLength(1);
  });
});

describe('where variables are forbidden', () => {
  test('the pipeline is made without our id', async () => {
    const { start, find, gitlab } = startEngine();
    const { state } = await find(await start({ project: 'group/strict' }));
    expect(gitlab.pipelines()).toMatchObject([{ variables: {} }]);
    expect(state).toMatchObject({ kind: 'running', pipeline: { id: gitlab.pipelines()[0]?.id } });
  });

  test('a request that brings some is refused', async () => {
    const { start, find, gitlab, count } = startEngine();
    const trigger = await find(await start({ project: 'group/strict' }, { variables: { A: '1' } }));
    expect(endOf(trigger)).toEqual(['error', 'Insufficient permissions to set pipeline variables']);
    expect([gitlab.pipelines(), count('createPipeline')]).toEqual([[], 1]);
  });

  test('a GitLab that refuses even without any is believed', async () => {
    const { start, find, gitlab, count } = startEngine();
    const words = 'Insufficient permissions to set pipeline variables';
    gitlab.next('createPipeline', ...Array.from({ length: 5 }, () => failing(refusal(words))));
    expect(endOf(await find(await start()))).toEqual(['error', words]);
    expect(count('createPipeline')).toBe(2);
  });

  const strict = { project: 'group/strict' };
  const fine: Interception = (execute) => execute();
  const inDoubt = {
    outcome: 'error',
    reason: expect.stringMatching(/may or may not .*-\/pipelines\/\d+ is it or is somebody else's/) as string,
  };

  test.each<[string, Interception]>([
    ['reset before it was carried out', failing(connectionReset())],
    ['no answer, and not carried out', failing(noAnswer())],
    ['502, and not carried out', failing(badGateway())],
  ])('it is made again when GitLab shows that there is none: %s', async (_what, interception) => {
    const { start, find, gitlab, clock } = startEngine();
    await start();
    gitlab.next('createPipeline', fine, interception);
    const id = await start(strict);
    await clock.advance(10 * minute);
    expect((await find(id)).state).toMatchObject({ kind: 'running', pipeline: { projectId: 5 } });
    expect(gitlab.pipelines()).toHaveLength(2);
  });

  test.each<[string, Interception]>([
    ['reset after it was carried out', losingAnswer(connectionReset())],
    ['no answer, but carried out', losingAnswer(noAnswer())],
  ])(
    'it is not made again when GitLab shows one, and not taken for ours: %s',
    async (_what, interception) => {
      const { start, find, gitlab, clock } = startEngine();
      gitlab.next('createPipeline', fine, interception);
      const id = await start(strict);
      await clock.advance(10 * minute);
      expect((await find(id)).state).toMatchObject({ ...inDoubt, pipeline: null });
      expect(gitlab.pipelines()).toHaveLength(1);
    },
  );

  test('one from before the request, or known to be of another trigger, is not in doubt', async () => {
    const { start, find, gitlab, clock } = startEngine();
    await start(strict);
    gitlab.next('createPipeline', fine, failing(noAnswer()));
    const inFull = { ...strict, ref: 'refs/heads/main' };
    const [lost, other] = [await start(strict), await start(inFull)];
    expect((await find(other)).state.kind).toBe('running');
    await clock.advance(10 * minute);
    expect((await find(lost)).state.kind).toBe('running');
    expect(gitlab.pipelines()).toHaveLength(3);
  });

  test('one that comes up while it is inDoubt makes it so for good', async () => {
    const { start, find, gitlab, clock } = startEngine();
    const somebody = gitlab.connect({ url: gitlab.url, apiToken: null, triggerToken: 'glptt-other' });
    gitlab.next('createPipeline', fine, failing(noAnswer()));
    const id = await start(strict);
    await clock.advance(30_000);
    await somebody.createPipeline({ project: 'group/strict', ref: 'main', variables: {}, inputs: {} });
    await clock.advance(10 * minute);
    expect((await find(id)).state).toMatchObject(inDoubt);
  });

  test('without a token to look, nothing can tell', async () => {
    const { start, find, gitlab, clock } = startEngine(createOutside(), { apiToken: null });
    gitlab.next('createPipeline', fine, failing(connectionReset()));
    const id = await start(strict);
    await clock.advance(minute);
    expect((await find(id)).state).toMatchObject({
      outcome: 'error',
      reason: expect.stringMatching(/no API token/) as string,
    });
    expect(gitlab.pipelines()).toEqual([]);
  });

  test('canceled while the first request is refused: no second one is sent', async () => {
    const { start, outcomeOf, gitlab, engine, count } = startEngine();
    const way = held('before');
    gitlab.next('createPipeline', way.interception);
    const id = await start(strict);
    await engine.steer.cancel(id, 'ci');
    way.release();
    await settled();
    expect([await outcomeOf(id), count('createPipeline'), gitlab.pipelines()]).toEqual(['canceled', 1, []]);
  });

  test('a limit on requests says that it was not made, so it is made later', async () => {
    const { start, find, gitlab, clock } = startEngine();
    gitlab.next('createPipeline', (execute) => execute(), failing(tooManyRequests(5_000)));
    const id = await start({ project: 'group/strict' });
    await clock.advance(minute);
    expect((await find(id)).state.kind).toBe('running');
    expect(gitlab.pipelines()).toHaveLength(1);
  });
});

describe('never two pipelines for one trigger', () => {
  test.each<[string, Interception]>([
    ['reset before it was carried out', failing(connectionReset())],
    ['reset after it was carried out', losingAnswer(connectionReset())],
    ['no answer, and not carried out', failing(noAnswer())],
    ['no answer, but carried out', losingAnswer(noAnswer())],
    ['502, and not carried out', failing(badGateway())],
    ['502, but carried out', losingAnswer(badGateway())],
    ['429', failing(tooManyRequests(7_000))],
    ['unreachable', failing(unreachable())],
  ])('%s: one', async (_what, interception) => {
    const { start, find, gitlab, clock } = startEngine();
    gitlab.next('createPipeline', interception);
    const id = await start();
    await clock.advance(3 * minute);
    const pipelines = gitlab.pipelines();
    expect(pipelines).toHaveLength(1);
    expect((await find(id)).state).toMatchObject({ kind: 'running', pipeline: { id: pipelines[0]?.id } });
  });

  test('one that is carried out late is found, for as long as it may be', async () => {
    const { start, find, gitlab, clock } = startEngine();
    let carryOut: () => Promise<unknown> = () => Promise.resolve();
    gitlab.next('createPipeline', (execute) => {
      carryOut = execute;
      return Promise.reject(noAnswer());
    });
    const id = await start();
    await clock.advance(50_000);
    await carryOut();
    await clock.advance(minute);
    expect((await find(id)).state.kind).toBe('running');
    expect(gitlab.pipelines()).toHaveLength(1);
  });

  test('it is looked for again when the look fails, and not made before', async () => {
    const { start, find, gitlab, clock, count } = startEngine();
    gitlab.next('createPipeline', losingAnswer(connectionReset()));
    gitlab.next('findPipeline', ...Array.from({ length: 6 }, () => failing(unreadable())));
    const id = await start();
    await clock.advance(5 * minute);
    expect((await find(id)).state.kind).toBe('running');
    expect([gitlab.pipelines().length, count('createPipeline')]).toEqual([1, 1]);
  });

  test('a token that is refused for once while it is looked for ends nothing', async () => {
    const { start, find, gitlab, clock } = startEngine();
    gitlab.next('createPipeline', losingAnswer(badGateway()));
    gitlab.next('findPipeline', ...Array.from({ length: 4 }, () => failing(refusal('401 Unauthorized'))));
    const id = await start();
    await clock.advance(minute);
    expect((await find(id)).state.kind).toBe('running');
    expect(gitlab.pipelines()).toHaveLength(1);
  });

  test('a token that stays refused leaves it inDoubt: it is not made again', async () => {
    const { start, find, gitlab, clock } = startEngine();
    gitlab.next('createPipeline', losingAnswer(connectionReset()));
    gitlab.next('findPipeline', ...Array.from({ length: 99 }, () => failing(refusal('401 Unauthorized'))));
    const id = await start();
    await clock.advance(3 * minute);
    expect((await find(id)).state).toMatchObject({
      outcome: 'error',
      reason: 'GitLab may or may not have created the pipeline, and it cannot be looked up: 401 Unauthorized',
    });
    expect(gitlab.pipelines()).toHaveLength(1);
  });

  test('a GitLab that does not come back keeps the trigger waiting, until its deadline', async () => {
    const { start, find, gitlab, clock, engine } = startEngine();
    gitlab.next('createPipeline', ...Array.from({ length: 2_000 }, () => failing(unreachable())));
    const id = await start({ deadlineSeconds: 3600 });
    await clock.advance(59 * minute);
    expect((await find(id)).state).toMatchObject({
      kind: 'requested',
      lastError: 'GitLab cannot be reached (ECONNREFUSED)',
    });
    await clock.advance(minute);
    await engine.sweep.round();
    expect(endOf(await find(id))).toEqual([
      'error',
      'no pipeline before the deadline: GitLab cannot be reached (ECONNREFUSED)',
    ]);
  });

  test('429 is not asked again before its time', async () => {
    const { start, gitlab, clock, count } = startEngine();
    gitlab.next('createPipeline', failing(tooManyRequests(10 * minute)));
    await start();
    await clock.advance(10 * minute - 1);
    expect(count('createPipeline')).toBe(1);
    await clock.advance(1);
    expect(count('createPipeline')).toBe(2);
  });

  test('without a token to look for it, it is not made again', async () => {
    const { start, find, gitlab, clock } = startEngine(createOutside(), { apiToken: null });
    gitlab.next('createPipeline', losingAnswer(connectionReset()));
    const id = await start();
    await clock.advance(minute);
    expect((await find(id)).state).toMatchObject({
      outcome: 'error',
      reason: expect.stringMatching(/no API token/) as string,
    });
    expect(gitlab.pipelines()).toHaveLength(1);
  });

  test('a hook tells of it sooner than a search, and also where there is no token to search with', async () => {
    const { start, find, gitlab, hook, clock } = startEngine(createOutside(), { apiToken: null });
    gitlab.next('createPipeline', losingAnswer(noAnswer()));
    const id = await start();
    expect((await find(id)).state.kind).toBe('requested');
    await hook();
    await clock.advance(2_000);
    expect((await find(id)).state).toMatchObject({ kind: 'running', pipeline: { projectId: 0 } });
    await clock.advance(5 * minute);
    expect([(await find(id)).state.kind, gitlab.pipelines().length]).toEqual(['running', 1]);
  });
});

describe('a crash', () => {
  test.each(['nothing', 'execution'] as const)(
    'on the way to GitLab, after %s: one pipeline',
    async (after) => {
      const outside = createOutside();
      const { gitlab, clock } = outside;
      const before = startEngine(outside);
      gitlab.next('createPipeline', dying({ after }));
      const id = await before.start();
      const { engine, find } = startEngine(outside);
      await engine.sweep.resume();
      await clock.advance(minute);
      expect(gitlab.pipelines()).toHaveLength(1);
      expect((await find(id)).state).toMatchObject({
        kind: 'running',
        pipeline: { id: gitlab.pipelines()[0]?.id },
      });
    },
  );

  test('before the request to GitLab: the next start creates one pipeline immediately', async () => {
    const outside = createOutside();
    const { gitlab, store } = outside;
    store.next('secretsOf', dying({ after: 'nothing' }));
    const id = await startEngine(outside).start();
    expect(gitlab.pipelines()).toEqual([]);
    const { engine, find } = startEngine(outside);
    await engine.sweep.resume();
    await settled();
    expect([(await find(id)).state.kind, gitlab.pipelines().length]).toEqual(['running', 1]);
  });

  test('between the answer and our commit: one pipeline', async () => {
    const outside = createOutside();
    const { gitlab, store, clock } = outside;
    // The first commit says that a request goes out, the second one brings its answer.
    store.next('commit', (execute) => execute(), dying({ after: 'nothing' }));
    const id = await startEngine(outside).start();
    expect(gitlab.pipelines()).toHaveLength(1);
    const { engine, find } = startEngine(outside);
    await engine.sweep.resume();
    await clock.advance(minute);
    expect([(await find(id)).state.kind, gitlab.pipelines().length]).toEqual(['running', 1]);
  });

  test('before the answer of one that cannot carry our id: an error, and not two pipelines', async () => {
    const outside = createOutside();
    const { gitlab } = outside;
    gitlab.next('createPipeline', (execute) => execute(), dying({ after: 'execution' }));
    const id = await startEngine(outside).start({ project: 'group/strict' });
    const { engine, outcomeOf } = startEngine(outside);
    await engine.sweep.resume();
    await outside.clock.advance(2 * minute);
    expect([await outcomeOf(id), gitlab.pipelines().length]).toEqual(['error', 1]);
  });

  test('before the request of one that cannot carry our id: one pipeline', async () => {
    const outside = createOutside();
    const { gitlab } = outside;
    gitlab.next('createPipeline', (execute) => execute(), dying({ after: 'nothing' }));
    const id = await startEngine(outside).start({ project: 'group/strict' });
    const { engine, find } = startEngine(outside);
    await engine.sweep.resume();
    await outside.clock.advance(2 * minute);
    expect([(await find(id)).state.kind, gitlab.pipelines().length]).toEqual(['running', 1]);
  });
});

test('lastError with the disk when the answer has come: one pipeline, later', async () => {
  const { start, find, gitlab, store, clock } = startEngine();
  store.next('commit', (execute) => execute(), failing(storageUnavailable()));
  const id = await start();
  await clock.advance(minute);
  expect([(await find(id)).state.kind, gitlab.pipelines().length]).toEqual(['running', 1]);
});

test('lastError with the disk before anything was asked: tried again soon', async () => {
  const { start, find, store, clock } = startEngine();
  store.next('find', failing(storageUnavailable()));
  const id = await start();
  await clock.advance(1_000);
  expect((await find(id)).state.kind).toBe('running');
});

describe('to retry', () => {
  /** A project whose newest pipeline has come to this end. */
  async function beginAfter(end: 'success' | 'drop') {
    const begun = startEngine();
    await begun.start();
    for (const job of ['build', 'unit']) begun.gitlab.apply(end, [job]);
    const [first] = begun.gitlab.pipelines();
    return { ...begun, firstId: first?.id as PipelineId };
  }

  test('the newest pipeline of the ref, when it has failed', async () => {
    const { start, find, gitlab, firstId, count } = await beginAfter('drop');
    const id = await start({ retry: true });
    expect(gitlab.pipelines()).toMatchObject([{ id: firstId, status: 'running' }]);
    expect(count('retryPipeline')).toBe(1);
    expect((await find(id)).state).toMatchObject({
      kind: 'running',
      pipeline: { id: firstId, status: 'running' },
    });
  });

  test('a pipeline by its id', async () => {
    const { start, find, firstId, gitlab } = await beginAfter('drop');
    await start();
    const id = await start({ pipelineId: firstId });
    expect((await find(id)).state).toMatchObject({ pipeline: { id: firstId } });
    expect(gitlab.pipelines()).toHaveLength(2);
  });

  test('makes a new pipeline when that one is of an older commit', async () => {
    const { start, find, firstId, gitlab, count } = await beginAfter('drop');
    gitlab.push('group/app', 'main');
    const id = await start({ pipelineId: firstId }, { variables: { A: '1' } });
    const [, second, ...others] = gitlab.pipelines();
    expect([others, count('retryPipeline'), second?.variables]).toEqual([
      [],
      0,
      { A: '1', [triggerIdVariable]: id },
    ]);
    expect((await find(id)).state).toMatchObject({ pipeline: { id: second?.id } });
  });

  test('makes a new pipeline when that one has succeeded', async () => {
    const { start, find, gitlab, count } = await beginAfter('success');
    const id = await start({ retry: true });
    expect([gitlab.pipelines().length, count('retryPipeline')]).toEqual([2, 0]);
    expect((await find(id)).state).toMatchObject({ pipeline: { id: gitlab.pipelines()[1]?.id } });
  });

  describe('asked for by a CI job, which a policy allowed a ref', () => {
    const job = 'project:42:protected';

    const ranOn =
      (ref: string): Interception =>
      async (execute) => ({ ...((await execute()) as object), ref });

    /** A pipeline that failed at the commit of `main`, but on another ref. */
    async function beginOnOther() {
      const begun = await beginAfter('drop');
      begun.gitlab.next('showPipeline', ranOn('evil-branch'));
      return begun;
    }

    test.each([{}, { retry: true }])(
      'refuses a pipeline of another ref, and leaves it alone: %o',
      async (more) => {
        const { start, find, gitlab, count, firstId } = await beginOnOther();
        const id = await start({ ref: 'main', pipelineId: firstId, ...more }, {}, job);
        expect(endOf(await find(id))).toEqual([
          'error',
          `pipeline ${firstId} did not run on main, which the policy was asked for`,
        ]);
        expect([count('retryPipeline'), count('cancelPipeline')]).toEqual([0, 0]);
        expect(gitlab.pipelines()).toMatchObject([{ id: firstId, status: 'failed' }]);
      },
    );

    test('refuses it also when a newer commit would have a new pipeline made', async () => {
      const { start, find, gitlab, firstId } = await beginOnOther();
      gitlab.push('group/app', 'main');
      const id = await start({ ref: 'main', pipelineId: firstId }, {}, job);
      expect(outcomeOf(await find(id))).toBe('error');
      expect(gitlab.pipelines()).toHaveLength(1);
    });

    test('refuses one whose ref GitLab does not say, and the newest one of another ref', async () => {
      const { start, find, gitlab, firstId } = await beginAfter('drop');
      gitlab.next('showPipeline', ranOn(''));
      expect(outcomeOf(await find(await start({ pipelineId: firstId }, {}, job)))).toBe('error');
      gitlab.next('newestPipeline', ranOn('evil-branch'));
      expect(outcomeOf(await find(await start({ retry: true }, {}, job)))).toBe('error');
    });

    test.each([
      ['main', 'refs/heads/main'],
      ['refs/heads/main', 'main'],
      ['main', 'main'],
    ])('retries one of the same ref: %s asked for, %s in GitLab', async (ref, shown) => {
      const { start, gitlab, count, firstId } = await beginAfter('drop');
      gitlab.next('showPipeline', ranOn(shown));
      await start({ ref, pipelineId: firstId }, {}, job);
      expect(count('retryPipeline')).toBe(1);
    });

    test('is not asked of a key, whose pipelines may be of any ref', async () => {
      const { start, count, firstId } = await beginOnOther();
      await start({ ref: 'main', pipelineId: firstId });
      expect(count('retryPipeline')).toBe(1);
    });
  });

  test('is an error where there is nothing to retry', async () => {
    const { start, find, gitlab } = startEngine();
    const reason = 'expected to find at least one pipeline for ref main';
    expect(endOf(await find(await start({ retry: true })))).toEqual(['error', reason]);
    expect(gitlab.pipelines()).toEqual([]);
  });

  test('is an error when the pipeline is not there', async () => {
    const { start, outcomeOf } = startEngine();
    expect(await outcomeOf(await start({ pipelineId: 999 as PipelineId }))).toBe('error');
  });

  test('is an error when GitLab refuses', async () => {
    const { start, find, gitlab } = await beginAfter('drop');
    gitlab.next('retryPipeline', failing(refusal('403 Forbidden')));
    expect(endOf(await find(await start({ retry: true })))).toEqual(['error', '403 Forbidden']);
  });

  test('the first end, whose hooks are still on the way, is not taken for the second', async () => {
    const { start, outcomeOf, gitlab, firstId, deliver, hook } = await beginAfter('drop');
    const late = gitlab.pipelineHook(firstId);
    const id = await start({ retry: true });
    await deliver(late);
    expect(await outcomeOf(id)).toBeNull();
    for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
    await hook();
    expect(await outcomeOf(id)).toBe('success');
  });

  test('waits for a GitLab that does not answer', async () => {
    const { start, find, gitlab, clock } = await beginAfter('drop');
    gitlab.next('newestPipeline', failing(unreadable()));
    gitlab.next('retryPipeline', losingAnswer(connectionReset()));
    const id = await start({ retry: true });
    await clock.advance(minute);
    expect((await find(id)).state).toMatchObject({ kind: 'running', pipeline: { status: 'running' } });
  });
});

describe('a trigger canceled before its pipeline is known', () => {
  test('while GitLab is down: ends immediately, and no pipeline is created once GitLab is up', async () => {
    const { start, outcomeOf, gitlab, clock, engine } = startEngine();
    gitlab.next('createPipeline', failing(tooManyRequests(10 * minute)));
    const id = await start();
    await engine.steer.cancel(id, 'ci');
    expect(await outcomeOf(id)).toBe('canceled');
    await clock.advance(20 * minute);
    expect(gitlab.pipelines()).toEqual([]);
  });

  test.each(['newestPipeline', 'tipOf'] as const)(
    'while GitLab is asked for %s: nothing is retried or made',
    async (method) => {
      const { start, find, gitlab, clock, engine, count } = startEngine();
      await start();
      gitlab.apply('drop', ['build']);
      const way = held('after');
      gitlab.next(method, way.interception);
      const id = await start({ retry: true }, { variables: { A: '1' } });
      await engine.steer.cancel(id, 'ci');
      way.release();
      await clock.advance(minute);
      expect(endOf(await find(id))).toEqual(['canceled', 'canceled by ci']);
      expect([gitlab.pipelines().length, count('retryPipeline')]).toEqual([1, 0]);
    },
  );

  test('while its request is on the way: the pipeline is canceled', async () => {
    const { start, find, gitlab, engine } = startEngine();
    const way = held('after');
    gitlab.next('createPipeline', way.interception);
    const id = await start();
    await engine.steer.cancel(id, 'ci');
    expect((await find(id)).state.kind).toBe('requested');
    way.release();
    await settled();
    expect(gitlab.pipelines()).toMatchObject([{ status: 'canceled' }]);
    expect(endOf(await find(id))).toEqual(['canceled', 'canceled by ci']);
  });

  test('while its pipeline is looked for: nothing is made', async () => {
    const { start, outcomeOf, gitlab, clock, engine } = startEngine();
    gitlab.next('createPipeline', failing(noAnswer()));
    const id = await start();
    await engine.steer.cancel(id, 'ci');
    await clock.advance(5 * minute);
    expect([await outcomeOf(id), gitlab.pipelines()]).toEqual(['canceled', []]);
  });

  test('while its pipeline is looked for, and found: the pipeline is canceled', async () => {
    const { start, outcomeOf, gitlab, clock, engine } = startEngine();
    gitlab.next('createPipeline', losingAnswer(noAnswer()));
    gitlab.next('findPipeline', failing(unreadable()));
    const id = await start();
    await engine.steer.cancel(id, 'ci');
    await clock.advance(5 * minute);
    expect([await outcomeOf(id), gitlab.pipelines()]).toMatchObject(['canceled', [{ status: 'canceled' }]]);
  });

  test('while its pipeline is looked for after a crash: nothing is made', async () => {
    const outside = createOutside();
    const { gitlab, clock } = outside;
    gitlab.next('createPipeline', dying({ after: 'nothing' }));
    const id = await startEngine(outside).start();
    const { engine, outcomeOf } = startEngine(outside);
    await engine.sweep.resume();
    await clock.advance(1_000);
    await engine.steer.cancel(id, 'ci');
    await clock.advance(minute);
    expect([await outcomeOf(id), gitlab.pipelines()]).toEqual(['canceled', []]);
  });

  test('in the last moment: no pipeline is made, the less without the variables that were erased', async () => {
    const { start, outcomeOf, gitlab, store, engine } = startEngine();
    const way = held('before');
    store.next('secretsOf', (execute) => execute(), way.interception);
    const id = await start({}, { variables: { DRY_RUN: '1' } });
    await engine.steer.resolve(id, 'failed', 'by hand');
    way.release();
    await settled();
    expect([await outcomeOf(id), gitlab.pipelines()]).toEqual(['failed', []]);
  });

  describe('when its deadline passes while it is inDoubt whether its pipeline was made', () => {
    /** The request was sent at the time 0, and its deadline has passed after a second. */
    async function beginOverdue(onCreate: Interception, service: { readonly apiToken?: null } = {}) {
      const begun = startEngine(createOutside(), service);
      begun.gitlab.next('createPipeline', onCreate);
      begun.gitlab.next('findPipeline', ...Array.from({ length: 3 }, () => failing(unreadable())));
      const id = await begun.start({ deadlineSeconds: 1, cancelOnDeadline: true }, { variables: { A: '1' } });
      await begun.clock.advance(1_000);
      await begun.engine.sweep.round();
      const ended = await begun.find(id);
      expect([outcomeOf(ended), reasonOf(ended)]).toEqual([
        'error',
        expect.stringMatching(/^no pipeline before the deadline: (no answer in time|GitLab answers 502)$/),
      ]);
      return { ...begun, id };
    }

    test('it is found, and canceled', async () => {
      const { find, id, gitlab, clock } = await beginOverdue(losingAnswer(noAnswer()));
      await clock.advance(2 * minute);
      expect(gitlab.pipelines()).toMatchObject([{ status: 'canceled' }]);
      const trigger = await find(id);
      expect([outcomeOf(trigger), isOpen(trigger)]).toEqual(['error', false]);
    });

    test('it is found however late GitLab makes it', async () => {
      let carryOut: () => Promise<unknown> = () => Promise.resolve();
      const { gitlab, clock } = await beginOverdue((execute) => {
        carryOut = execute;
        return Promise.reject(noAnswer());
      });
      await clock.advance(50_000);
      await carryOut();
      await clock.advance(minute);
      expect(gitlab.pipelines()).toMatchObject([{ status: 'canceled' }]);
    });

    test('a hook tells of it where there is no token to look: it cannot be canceled, but it is known', async () => {
      const { find, id, gitlab, hook, clock } = await beginOverdue(losingAnswer(noAnswer()), {
        apiToken: null,
      });
      await hook();
      await clock.advance(2 * minute);
      const trigger = await find(id);
      expect([trigger.state, isOpen(trigger)]).toMatchObject([
        { outcome: 'error', pipeline: { id: gitlab.pipelines()[0]?.id } },
        false,
      ]);
    });

    test('after a restart too', async () => {
      const { kill, clock, gitlab, ...outside } = await beginOverdue(losingAnswer(noAnswer()));
      kill();
      const { engine } = startEngine({ ...outside, clock, gitlab });
      await engine.sweep.resume();
      await clock.advance(2 * minute);
      expect(gitlab.pipelines()).toMatchObject([{ status: 'canceled' }]);
    });

    test('none was made, and none is: it is looked for no longer than it can take', async () => {
      const { find, id, gitlab, clock, count } = await beginOverdue(failing(noAnswer()));
      await clock.advance(2 * minute);
      const looks = count('findPipeline');
      await clock.advance(60 * minute);
      expect([gitlab.pipelines(), count('findPipeline'), isOpen(await find(id))]).toEqual([[], looks, false]);
    });

    test('the refusal that comes after all ends the search', async () => {
      const way = held('before');
      const { start, find, gitlab, clock, engine, count } = startEngine();
      gitlab.next('createPipeline', way.interception);
      const id = await start({ ref: 'nope', deadlineSeconds: 1 });
      await clock.advance(1_000);
      await engine.sweep.round();
      expect(isOpen(await find(id))).toBe(true);
      way.release();
      await settled();
      expect([isOpen(await find(id)), count('findPipeline')]).toEqual([false, 0]);
    });
  });

  test('when its deadline passes while its request is on the way: the pipeline that nobody waits for is canceled', async () => {
    const { start, find, gitlab, clock, engine } = startEngine();
    const way = held('after');
    gitlab.next('createPipeline', way.interception);
    const id = await start({ deadlineSeconds: 60 });
    await clock.advance(minute);
    await engine.sweep.round();
    expect(outcomeOf(await find(id))).toBe('error');
    way.release();
    await settled();
    expect(gitlab.pipelines()).toMatchObject([{ status: 'canceled' }]);
    const trigger = await find(id);
    expect([outcomeOf(trigger), trigger.state, isOpen(trigger)]).toMatchObject([
      'error',
      { pipeline: { id: gitlab.pipelines()[0]?.id } },
      false,
    ]);
  });
});

test('stopped on the way, it begins nothing more', async () => {
  const { start, find, gitlab, clock, engine } = startEngine();
  gitlab.next('createPipeline', failing(badGateway()));
  const id = await start();
  const stopped = engine.stop();
  await clock.advance(10 * minute);
  await stopped;
  expect([(await find(id)).state.kind, gitlab.pipelines()]).toEqual(['requested', []]);
});

test.each([0, 3_600_000, -3_600_000, 86_400_000, -86_400_000])(
  'an inDoubt request makes one pipeline, though our clock is %i ms ahead of GitLab’s',
  async (aheadMs) => {
    const outside = createOutside();
    const { clock, gitlab } = outside;
    const ahead = { ...clock, now: () => clock.now() + aheadMs };
    const { start, find } = startEngine({ ...outside, clock: ahead });
    gitlab.next('createPipeline', losingAnswer(connectionReset()));
    const id = await start({ deadlineSeconds: 1_000_000 });
    await clock.advance(120_000);
    expect(gitlab.pipelines()).toHaveLength(1);
    expect((await find(id)).state.kind).toBe('running');
  },
);

describe('after a start from a backup', () => {
  /** A trigger that GitLab has not taken yet when the backup is made, and the service that is started over it. */
  async function restored(retry = false) {
    const before = startEngine();
    before.gitlab.next(retry ? 'newestPipeline' : 'createPipeline', failing(tooManyRequests(minute)));
    const id = await before.start({ retry });
    before.kill();
    const { clock, gitlab } = before;
    /** What the service did between the backup and its end, of which the database knows nothing. */
    const makePipeline = () =>
      gitlab.connect({ url: gitlab.url, apiToken: 'glpat-service', triggerToken: null }).createPipeline({
        project: 'group/app',
        ref: 'main',
        inputs: {},
        variables: { [triggerIdVariable]: id },
      });
    const startAgain = async () => {
      await clock.advance(10 * minute);
      const again = startEngine(before);
      await again.engine.sweep.resume();
      await settled();
      return again;
    };
    return { id, gitlab, makePipeline, startAgain };
  }

  test('a pipeline that was made after the backup is found, and none is made besides', async () => {
    const { id, gitlab, makePipeline, startAgain } = await restored();
    const { pipeline } = await makePipeline();
    const { find } = await startAgain();
    expect((await find(id)).state).toMatchObject({ kind: 'running', pipeline: { id: pipeline.id } });
    expect(gitlab.pipelines()).toHaveLength(1);
  });

  test('a request to retry whose new pipeline was made after the backup finds it, too, and does not retry that', async () => {
    const { id, gitlab, makePipeline, startAgain } = await restored(true);
    const { pipeline } = await makePipeline();
    const { find } = await startAgain();
    expect(await find(id)).toMatchObject({
      state: { kind: 'running', pipeline: { id: pipeline.id } },
      retry: null,
    });
    expect(gitlab.pipelines()).toHaveLength(1);
  });

  test('without one it is created, once, and looked for once', async () => {
    const { id, gitlab, startAgain } = await restored();
    const { find, count } = await startAgain();
    expect((await find(id)).state.kind).toBe('running');
    expect([gitlab.pipelines().length, count('findPipeline')]).toEqual([1, 1]);
  });

  test('while GitLab gives no answer to the search nothing is created', async () => {
    const { id, gitlab, makePipeline, startAgain } = await restored();
    const { pipeline } = await makePipeline();
    gitlab.next('findPipeline', failing(badGateway()));
    const { find, clock } = await startAgain();
    expect((await find(id)).state.kind).toBe('requested');
    expect(gitlab.pipelines()).toHaveLength(1);
    await clock.advance(minute);
    expect((await find(id)).state).toMatchObject({ kind: 'running', pipeline: { id: pipeline.id } });
  });

  test('a trigger that is asked for after the start is not looked for', async () => {
    const { startAgain } = await restored();
    const { start, count } = await startAgain();
    await start();
    expect(count('findPipeline')).toBe(1);
  });
});
