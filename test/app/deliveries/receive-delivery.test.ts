import { describe, expect, test } from 'vitest';
import type { Delivery, Payload } from '../../../src/domain/delivery.ts';
import type { ServiceAccess } from '../../../src/app/ports/index.ts';
import type { JobId, PipelineId, TriggerId } from '../../../src/domain/ids.ts';
import { settled } from '../../fakes/fake-clock.ts';
import { failing, held, losingAnswer } from '../../fakes/intercept.ts';
import { connectionReset, storageUnavailable, unreachable } from '../../fakes/failures.ts';
import { createOutside, startEngine } from '../start-engine.ts';

/** How long GitLab's answer is waited for before the pipeline of a hook that overtook it is read. */
const answerMs = 2_000;

/** A trigger whose request GitLab has carried out, while the answer is still on its way. */
async function beginOvertaken(service: Partial<ServiceAccess> = {}) {
  const engine = startEngine(undefined, service);
  const answer = held('after');
  engine.gitlab.next('createPipeline', answer.interception);
  const id = await engine.start();
  return { ...engine, id, answer };
}

const by = (pipelineId: number, jobId: number | null) => ({
  pipelineId: pipelineId as PipelineId,
  jobId: jobId as JobId | null,
});

const withPayload = (
  delivery: Delivery,
  payload: Partial<Extract<Payload, { kind: 'pipeline' }>>,
): Delivery => ({ ...delivery, payload: { ...delivery.payload, ...payload } }) as Delivery;

/** The delivery, of which only these parts could be read. */
const garbled = (delivery: Delivery, read: Partial<Extract<Payload, { kind: 'unreadable' }>>): Delivery => ({
  ...delivery,
  payload: { kind: 'unreadable', reason: 'no status', pipelineId: null, projects: [], ...read },
});

describe('a delivery', () => {
  test('is answered when it is on disk, before anything else is done', async () => {
    const { engine, start, gitlab, inbox, store, find } = startEngine();
    const id = await start();
    gitlab.apply('run', ['build']);
    const write = held('before');
    inbox.next('add', write.interception);
    store.next('findConcerned', () => new Promise(() => undefined));
    let answer: string | null = null;
    const received = engine.receiveDelivery(gitlab.pipelineHook()).then((result) => (answer = result));
    await settled();
    expect(answer).toBeNull();
    write.release();
    await received;
    expect(answer).toBe('accepted');
    expect((await find(id)).state).toMatchObject({ pipeline: { status: 'created' } });
  });

  test('that cannot be written is not accepted', async () => {
    const { engine, start, gitlab, inbox, outcomeOf } = startEngine();
    const id = await start();
    for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
    inbox.next('add', failing(storageUnavailable()));
    await expect(engine.receiveDelivery(gitlab.pipelineHook())).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
    await settled();
    expect(await outcomeOf(id)).toBeNull();
  });

  test('that comes twice has one effect', async () => {
    const { start, deliver, gitlab, count } = startEngine();
    await start();
    gitlab.apply('drop', ['build']);
    const delivery = gitlab.pipelineHook();
    expect(await Promise.all([deliver(delivery), deliver(delivery)])).toEqual(['accepted', 'duplicate']);
    expect(await deliver(delivery)).toBe('duplicate');
    expect(count('readPipeline')).toBe(1);
  });

  test('that another process stored does not keep the next ones waiting for the start that it shows', async () => {
    const { start, gitlab, engine, clock, find, lines } = startEngine();
    const ids: TriggerId[] = [];
    for (let index = 0; index < 3; index += 1) {
      gitlab.next('createPipeline', held('after').interception);
      ids.push(await start());
    }
    const hooks = gitlab.pipelines().map(({ id }) => gitlab.pipelineHook(id));
    expect(hooks).toHaveLength(3);
    gitlab.next('findStarted', failing(unreachable()));
    // The clock stands still meanwhile.
    for (const hook of hooks) await engine.applyUnapplied({ ...hook, receivedAt: clock.now() + 1 });
    await clock.advance(2_000);
    const kinds = await Promise.all(ids.map(async (id) => (await find(id)).state.kind));
    expect(kinds.toSorted()).toEqual(['requested', 'running', 'running']);
    expect(lines).toEqual(['delivery not applied']);
  });

  test('that we have no use for is ignored', async () => {
    const { start, deliver, gitlab, find } = startEngine();
    const id = await start();
    const before = await find(id);
    const push: Delivery = {
      ...gitlab.pipelineHook(),
      event: 'Push Hook',
      payload: { kind: 'ignored', reason: 'a push' },
    };
    expect(await deliver(push)).toBe('ignored');
    expect(await find(id)).toEqual(before);
  });

  test('that cannot be read, or that nobody waits for, is kept', async () => {
    const { deliver, gitlab, start, engine, inbox } = startEngine();
    const id = await start();
    await engine.steer.resolve(id, 'failed', 'by hand');
    const unreadable = garbled(gitlab.pipelineHook(), {});
    const late = gitlab.pipelineHook();
    expect([await deliver(unreadable), await deliver(late)]).toEqual(['accepted', 'accepted']);
    for (const delivery of [unreadable, late])
      expect(await inbox.port.find(delivery.id)).toMatchObject({ delivery: { id: delivery.id } });
  });

  test('that could not be worked out is logged, and the sweep makes up for it', async () => {
    const { start, hook, gitlab, store, lines, engine, clock, outcomeOf } = startEngine();
    const id = await start();
    for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
    store.next('findConcerned', failing(storageUnavailable()));
    expect(await hook()).toBe('accepted');
    expect([lines, await outcomeOf(id)]).toEqual([['delivery not applied'], null]);
    await clock.advance(60_000);
    await engine.sweep.round();
    await settled();
    expect(await outcomeOf(id)).toBe('success');
  });

  test('of a job shows where it stands', async () => {
    const { start, deliver, gitlab, find } = startEngine();
    const id = await start();
    gitlab.apply('run', ['build']);
    await deliver(gitlab.jobHook('build'));
    expect((await find(id)).jobs).toMatchObject([{ name: 'build', status: 'running' }]);
  });

  test('concerns every trigger of its pipeline', async () => {
    const { start, hook, gitlab, outcomeOf } = startEngine();
    await start();
    gitlab.apply('drop', ['build']);
    const both = [await start({ retry: true }), await start({ retry: true })];
    for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
    await hook();
    expect(await Promise.all(both.map(outcomeOf))).toEqual(['success', 'success']);
  });
});

describe('a delivery of another GitLab, where pipelines may have the same ids', () => {
  test('means nothing', async () => {
    const { start, deliver, gitlab, outcomeOf } = startEngine();
    const id = await start();
    for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
    expect(await deliver({ ...gitlab.pipelineHook(), instance: 'https://other.example.com' })).toBe(
      'accepted',
    );
    expect(await outcomeOf(id)).toBeNull();
  });

  test('a name that only begins like ours is another one', async () => {
    const { start, deliver, gitlab, outcomeOf } = startEngine();
    const id = await start();
    for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
    await deliver({ ...gitlab.pipelineHook(), instance: 'https://gitlab.example' });
    expect(await outcomeOf(id)).toBeNull();
  });

  test.each([
    ['says nothing of where it comes from: an old GitLab', null],
    ['is known by another address, which its links show', 'https://gitlab.example.com'],
  ])('it is ours when it %s', async (_what, instance) => {
    const outside = createOutside();
    const internal = 'http://gitlab.internal:8080';
    const { start, deliver, gitlab, outcomeOf } = startEngine(outside, { gitlabUrl: internal });
    const id = await start({ gitlabUrl: internal });
    for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
    await deliver({ ...gitlab.pipelineHook(), instance });
    expect(await outcomeOf(id)).toBe('success');
  });

  test('a GitLab below a path leaves it out, and is recognised before its pipeline is known', async () => {
    const below = 'https://gitlab.example.com/gitlab';
    const { start, deliver, gitlab, find, clock } = startEngine(createOutside(), {
      gitlabUrl: below,
      apiToken: null,
    });
    gitlab.next('createPipeline', losingAnswer(connectionReset()));
    const id = await start({ gitlabUrl: below });
    await deliver({ ...gitlab.pipelineHook(), instance: 'https://gitlab.example.com' });
    await clock.advance(answerMs);
    expect((await find(id)).state.kind).toBe('running');
  });

  test('its canceled pipeline is not our upstream pipeline', async () => {
    const { start, deliver, gitlab, find } = startEngine();
    await start();
    const [parent] = gitlab.pipelines();
    const upstream = { project: 'group/app', pipelineId: (parent?.id ?? 0) as PipelineId, jobId: null };
    const id = await start({ upstream, cancelWithUpstream: true });
    gitlab.apply('cancel', [], parent?.id);
    await deliver({ ...gitlab.pipelineHook(parent?.id), instance: 'https://other.example.com' });
    expect((await find(id)).cancel).toBeNull();
  });
});

describe('a hook that overtakes the answer', () => {
  test('brings the pipeline, and the answer brings nothing more', async () => {
    const { id, hook, find, answer, gitlab, clock } = await beginOvertaken();
    await hook();
    await clock.advance(answerMs);
    const [pipeline] = gitlab.pipelines();
    expect((await find(id)).state).toMatchObject({ kind: 'running', pipeline: { id: pipeline?.id } });
    answer.release();
    await settled();
    expect((await find(id)).state).toMatchObject({ kind: 'running', pipeline: { id: pipeline?.id } });
    expect(gitlab.pipelines()).toHaveLength(1);
  });

  test('costs nothing where the answer comes soon', async () => {
    const { id, hook, find, answer, clock, count } = await beginOvertaken();
    await hook();
    answer.release();
    await clock.advance(answerMs);
    expect([(await find(id)).state.kind, count('findStarted')]).toEqual(['running', 0]);
  });

  test('may tell the end already', async () => {
    const { id, hook, outcomeOf, answer, gitlab, clock } = await beginOvertaken();
    for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
    await hook();
    await clock.advance(answerMs);
    expect(await outcomeOf(id)).toBe('success');
    answer.release();
    await settled();
    expect([await outcomeOf(id), gitlab.pipelines()[0]?.status]).toEqual(['success', 'success']);
  });

  test('is found in the inbox where it does not tell whose it is', async () => {
    const { id, deliver, outcomeOf, answer, gitlab } = await beginOvertaken();
    for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
    await deliver(withPayload(gitlab.pipelineHook(), { triggerId: null }));
    expect(await outcomeOf(id)).toBeNull();
    answer.release();
    await settled();
    expect(await outcomeOf(id)).toBe('success');
  });

  test('is not looked for among the hooks of another GitLab', async () => {
    const { id, deliver, outcomeOf, answer, gitlab } = await beginOvertaken();
    for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
    await deliver({ ...gitlab.pipelineHook(), instance: 'https://other.example.com' });
    answer.release();
    await settled();
    expect(await outcomeOf(id)).toBeNull();
  });

  test('a hook of a job waits in the inbox until the pipeline is known', async () => {
    const { id, deliver, find, answer, gitlab } = await beginOvertaken();
    gitlab.apply('run', ['build']);
    await deliver(gitlab.jobHook('build'));
    expect((await find(id)).jobs).toEqual([]);
    answer.release();
    await settled();
    expect((await find(id)).jobs).toMatchObject([{ name: 'build', status: 'running' }]);
  });

  test.each<[string, Partial<Extract<Payload, { kind: 'pipeline' }>>]>([
    ['a child pipeline was handed our variable on', { source: 'parent_pipeline' }],
    ['another project was handed our variable on', { projectPath: 'group/other' }],
    ['it names another trigger', { triggerId: 'trg_other' as TriggerId }],
    ['a bridge of another pipeline made it', { source: 'pipeline', upstream: by(77, 5) }],
  ])('is none when %s', async (_what, payload) => {
    const { id, deliver, find, gitlab, clock, count } = await beginOvertaken();
    await deliver(withPayload(gitlab.pipelineHook(), payload));
    await clock.advance(answerMs);
    expect([(await find(id)).state.kind, count('findStarted')]).toEqual(['requested', 0]);
  });

  describe('when a CI_JOB_TOKEN made the pipeline, as a bridge job would', () => {
    const upstream = { project: 'group/parent', ...by(77, 5) };

    test.each([
      ['made by the job that asked', by(77, 5), 'running'],
      ['made by that pipeline, nobody says by which job', by(77, null), 'running'],
      ['made by another job of it', by(77, 6), 'requested'],
      ['made by another pipeline, perhaps by ours in turn', by(101, 5), 'requested'],
    ])('%s', async (_what, startedBy, expected) => {
      const { start, deliver, gitlab, find, clock } = startEngine();
      gitlab.next('createPipeline', held('after').interception);
      const id = await start({ upstream });
      const delivery = withPayload(gitlab.pipelineHook(), { source: 'pipeline', upstream: startedBy });
      // The fake makes all of its pipelines with a user's token.
      const { payload } = delivery;
      if (payload.kind === 'pipeline') gitlab.next('findStarted', () => Promise.resolve(payload.pipeline));
      await deliver(delivery);
      await clock.advance(answerMs);
      expect((await find(id)).state.kind).toBe(expected);
    });
  });

  test('is known also where the project was asked for by its id', async () => {
    const { start, hook, find, gitlab, clock } = startEngine();
    gitlab.next('createPipeline', held('after').interception);
    const id = await start({ project: '1' });
    await hook();
    await clock.advance(answerMs);
    expect((await find(id)).state.kind).toBe('running');
  });
});

describe('a delivery that cannot be read', () => {
  /** A trigger whose pipeline has ended, of which it has not heard. */
  async function beginUnheard(project = 'group/app') {
    const engine = startEngine();
    const id = await engine.start({ project });
    await engine.clock.advance(10_000);
    for (const job of ['build', 'unit']) engine.gitlab.apply('success', [job]);
    return { ...engine, id, pipelineId: (engine.gitlab.pipelines()[0]?.id ?? 0) as PipelineId };
  }

  test('but names its pipeline makes the service poll GitLab immediately, and is logged', async () => {
    const { id, deliver, gitlab, count, lines, outcomeOf, pipelineId } = await beginUnheard();
    const delivery = garbled(gitlab.pipelineHook(), { pipelineId });
    expect(await deliver(delivery)).toBe('accepted');
    expect([await outcomeOf(id), count('readPipeline'), lines]).toEqual([
      'success',
      1,
      ['delivery not understood'],
    ]);
    expect(await deliver(delivery)).toBe('duplicate');
    expect(count('readPipeline')).toBe(1);
  });

  test.each([
    ['by its path', 'group/app'],
    ['by its id', '1'],
  ])('but names its project has GitLab asked about the triggers of that, %s', async (_how, project) => {
    const { id, deliver, gitlab, outcomeOf, start, clock, count } = await beginUnheard(project);
    await start({ project: 'group/manual' });
    await clock.advance(10_000);
    await deliver(garbled(gitlab.pipelineHook(), { projects: ['group/app', '1'] }));
    expect([await outcomeOf(id), count('readPipeline')]).toEqual(['success', 1]);
  });

  test('and names no more than its project is no question about those heard of just now', async () => {
    const { deliver, gitlab, start, clock, count } = startEngine();
    await start();
    const read = { projects: ['group/app'] };
    await deliver(garbled(gitlab.pipelineHook(), read));
    expect(count('readPipeline')).toBe(0);
    await clock.advance(5_000);
    for (let times = 0; times < 10; times += 1) await deliver(garbled(gitlab.pipelineHook(), read));
    expect(count('readPipeline')).toBe(1);
  });

  test('is no question about a project with more triggers than can be asked about', async () => {
    const { deliver, gitlab, start, clock, count } = startEngine();
    for (let number = 0; number < 60; number += 1) await start();
    await clock.advance(10_000);
    await deliver(garbled(gitlab.pipelineHook(), { projects: ['group/app'] }));
    expect(count('readPipeline')).toBe(50);
  });

  test.each<[string, Partial<Delivery>, Partial<Extract<Payload, { kind: 'unreadable' }>>]>([
    ['it names nothing', {}, {}],
    ['it names another pipeline', {}, { pipelineId: 999 as PipelineId, projects: ['group/app'] }],
    ['it comes from another GitLab', { instance: 'https://other.example.com' }, { projects: ['group/app'] }],
  ])('makes the service poll nothing when %s', async (_what, delivery, read) => {
    const { deliver, gitlab, count } = await beginUnheard();
    await deliver({ ...garbled(gitlab.pipelineHook(), read), ...delivery });
    expect(count('readPipeline')).toBe(0);
  });

  test('is looked into also when it came before the pipeline was known', async () => {
    const { id, deliver, outcomeOf, answer, gitlab } = await beginOvertaken();
    for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
    const pipelineId = (gitlab.pipelines()[0]?.id ?? 0) as PipelineId;
    await deliver(garbled(gitlab.pipelineHook(), { pipelineId }));
    expect(await outcomeOf(id)).toBeNull();
    answer.release();
    await settled();
    expect(await outcomeOf(id)).toBe('success');
  });
});

test('what came before a crash and was not worked out is after it', async () => {
  const outside = createOutside();
  const { start, hook, gitlab, store } = startEngine(outside, { apiToken: null });
  const id = await start();
  for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
  store.next('findConcerned', () => new Promise(() => undefined));
  expect(await hook()).toBe('accepted');
  const { engine, outcomeOf } = startEngine(outside, { apiToken: null });
  await engine.sweep.resume();
  await settled();
  expect(await outcomeOf(id)).toBe('success');
});

test('replayed any number of times, a delivery changes nothing any more', async () => {
  const { start, engine, hook, gitlab, find, count } = startEngine();
  const id = await start({ project: 'group/manual', onManual: 'play', jobs: ['deploy'] });
  gitlab.apply('success', ['build']);
  const delivery = gitlab.pipelineHook();
  await engine.receiveDelivery(delivery);
  await settled();
  gitlab.apply('success', ['deploy']);
  await hook();
  const before = await find(id);
  const plays = count('playJob');
  for (let times = 0; times < 3; times += 1) await engine.applyDelivery(delivery);
  await settled();
  expect([await find(id), count('playJob')]).toEqual([before, plays]);
});

test('a hook that tells of a pipeline whose request was lost ends the search', async () => {
  const { start, hook, gitlab, clock, count, find } = startEngine();
  gitlab.next('createPipeline', (execute) => execute().then(() => Promise.reject(connectionReset())));
  const nothing = () => Promise.resolve(null);
  gitlab.next('findPipeline', ...Array.from({ length: 8 }, () => nothing));
  const id = await start();
  await hook();
  await clock.advance(answerMs);
  expect((await find(id)).state.kind).toBe('running');
  const searches = count('findPipeline');
  await clock.advance(60_000);
  expect([count('findPipeline'), gitlab.pipelines().length]).toEqual([searches, 1]);
});
