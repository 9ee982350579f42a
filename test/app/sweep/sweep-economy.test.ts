import { describe, expect, test } from 'vitest';
import type { TriggerId } from '../../../src/domain/ids.ts';
import type { TriggerRequest } from '../../../src/domain/trigger/trigger.ts';
import { createRandom } from '../../../simulator/faults/random.ts';
import { settled } from '../../fakes/fake-clock.ts';
import type { Interception } from '../../fakes/intercept.ts';
import { failing, held } from '../../fakes/intercept.ts';
import { refusal, tooManyRequests, unreadable } from '../../fakes/failures.ts';
import type { Outside } from '../start-engine.ts';
import { createOutside, quietMs, startEngine } from '../start-engine.ts';

/** A running service with its sweep. */
function begin(
  options: { readonly random?: () => number; readonly quietMs?: number } = {},
  outside: Outside = createOutside(),
) {
  const engine = startEngine(outside, {}, options);
  const stopping = new AbortController();
  const running = engine.engine.sweep.run(stopping.signal);
  const { gitlab, start, count } = engine;
  return {
    ...engine,
    stop: async () => {
      stopping.abort();
      await running;
    },
    /** So many triggers, one right after the other. */
    startAll: async (howMany: number, request: Partial<TriggerRequest> = {}): Promise<TriggerId[]> => {
      const ids: TriggerId[] = [];
      while (ids.length < howMany) ids.push(await start(request));
      return ids;
    },
    /** How often GitLab was asked where pipelines stand: for lists, and for single pipelines. */
    asked: () => ({ lists: count('listPipelines'), reads: count('readPipeline') }),
    pipelineIds: () => gitlab.pipelines().map(({ id }) => id),
  };
}

const succeed = ({ gitlab }: Pick<Outside, 'gitlab'>, pipelineId?: number): void => {
  for (const job of ['build', 'unit']) gitlab.apply('success', [job], pipelineId);
};

const times = (howMany: number, interception: () => Interception): Interception[] =>
  Array.from({ length: howMany }, interception);

describe('triggers of one project', () => {
  test('are looked at by one list, and not one by one while they run', async () => {
    const { startAll, clock, asked } = begin();
    await startAll(20);
    await clock.advance(10 * quietMs);
    expect(asked()).toEqual({ lists: 10, reads: 0 });
  });

  test('are read one by one where the list shows that they do not run on', async () => {
    const service = begin();
    const ids = await service.startAll(5);
    const [first, , third] = service.pipelineIds();
    succeed(service, first);
    service.gitlab.apply('drop', ['build'], third);
    await service.clock.advance(quietMs);
    expect(await Promise.all(ids.map(service.outcomeOf))).toEqual(['success', null, 'failed', null, null]);
    expect(service.asked()).toEqual({ lists: 1, reads: 2 });
  });

  test('show their status as the list does', async () => {
    const { startAll, clock, gitlab, find } = begin();
    const [id] = await startAll(2);
    const [pipelineId] = gitlab.pipelines().map((pipeline) => pipeline.id);
    gitlab.apply('run', ['build'], pipelineId);
    await clock.advance(quietMs);
    expect(await find(id as TriggerId)).toMatchObject({ state: { pipeline: { status: 'running' } } });
  });

  test('that the list does not show are read one by one', async () => {
    const { startAll, clock, gitlab, outcomeOf, asked, pipelineIds } = begin();
    const ids = await startAll(3);
    gitlab.deletePipeline(pipelineIds()[1] ?? 0);
    await clock.advance(quietMs);
    expect(asked()).toEqual({ lists: 1, reads: 1 });
    await clock.advance(quietMs);
    expect(await Promise.all(ids.map(outcomeOf))).toEqual([null, 'error', null]);
    expect(asked()).toEqual({ lists: 2, reads: 2 });
  });

  test('that were made one after the other come to share a list', async () => {
    const { start, clock, asked } = begin();
    for (let index = 0; index < 3; index += 1) {
      await start();
      await clock.advance(10_000);
    }
    await clock.advance(10 * quietMs - 30_000);
    expect(asked()).toEqual({ lists: 10, reads: 0 });
  });

  test('are listed apart from those of another project', async () => {
    const { startAll, clock, gitlab, asked } = begin();
    await startAll(2);
    await startAll(2, { project: 'group/strict' });
    await clock.advance(quietMs);
    expect(asked()).toEqual({ lists: 2, reads: 0 });
    const listed = gitlab.calls.filter((call) => call.startsWith('listPipelines'));
    expect(listed.map((call) => call.split(' ')[1])).toEqual(['1', '5']);
  });

  test('are listed apart from those with another token, and alone not at all', async () => {
    const { start, clock, asked } = begin();
    for (const apiToken of [null, null, 'glpat-one', 'glpat-one', 'glpat-other'])
      await start({}, { apiToken });
    await clock.advance(quietMs);
    expect(asked()).toEqual({ lists: 2, reads: 1 });
  });

  test('that may have jobs to play are read with their jobs', async () => {
    const { startAll, clock, asked } = begin();
    await startAll(2, { onManual: 'play' });
    await startAll(2);
    await clock.advance(quietMs);
    expect(asked()).toEqual({ lists: 1, reads: 2 });
  });

  test.each([
    ['GitLab refuses it', () => failing(refusal('403 Forbidden'))],
    ['GitLab fails at it', () => failing(unreadable())],
    ['it shows next to nothing', () => () => Promise.resolve([])],
  ])('are read one by one when %s, and not listed again soon', async (_why, interception) => {
    const { startAll, clock, gitlab, asked } = begin();
    gitlab.next('listPipelines', interception());
    await startAll(3);
    await clock.advance(10 * quietMs);
    expect(asked()).toMatchObject({ lists: 1 });
    expect([30, 33]).toContain(asked().reads);
    // Each is read once with its bridges after ten intervals.
    await clock.advance(4 * quietMs);
    expect(asked().lists).toBeGreaterThan(1);
  });
});

describe('a pipeline that stands still for long', () => {
  test('is looked at less and less where hooks work, at last each five minutes', async () => {
    const { start, clock, gitlab, hook, count } = begin();
    await start({ deadlineSeconds: 86_400 });
    gitlab.apply('run', ['build']);
    await hook();
    await clock.advance(60 * quietMs);
    expect(count('readPipeline')).toBeLessThan(25);
    const before = count('readPipeline');
    await clock.advance(60 * quietMs);
    expect(count('readPipeline') - before).toBeGreaterThanOrEqual(12);
    expect(count('readPipeline') - before).toBeLessThanOrEqual(13);
  });

  test('is looked at as often as ever where none came', async () => {
    const { start, clock, count } = begin();
    await start({ deadlineSeconds: 86_400 });
    await clock.advance(60 * quietMs);
    expect(count('readPipeline')).toBeGreaterThanOrEqual(60);
  });

  test('is read at the full rate again after a change that no webhook reported', async () => {
    const service = begin();
    const id = await service.start({ deadlineSeconds: 86_400 });
    service.gitlab.apply('run', ['build']);
    await service.hook();
    await service.clock.advance(60 * quietMs);
    service.gitlab.apply('success', ['build']);
    await service.clock.advance(5 * quietMs);
    service.gitlab.apply('run', ['unit']);
    const before = service.count('readPipeline');
    await service.clock.advance(20 * quietMs);
    expect(service.count('readPipeline') - before).toBeGreaterThanOrEqual(20);
    succeed(service);
    await service.clock.advance(quietMs);
    expect(await service.outcomeOf(id)).toBe('success');
  });
});

describe('after a stop', () => {
  /** So many triggers of a project each, the first one the oldest, for a service that was away for half an hour. */
  async function restart(howMany: number, request: Partial<TriggerRequest> = {}) {
    const outside = createOutside();
    const before = startEngine(outside);
    for (let index = 0; index < howMany; index += 1) {
      await before.start(request);
      await outside.clock.advance(1);
    }
    before.kill();
    await outside.clock.advance(30 * quietMs);
    return begin({}, outside);
  }

  test('the oldest come first, ten in a second', async () => {
    const { clock, gitlab, pipelineIds } = await restart(40, { onManual: 'play' });
    const read = () =>
      gitlab.calls.flatMap((call) => (call.startsWith('readPipeline') ? [Number(call.split(' ')[2])] : []));
    await clock.advance(0);
    expect(read()).toEqual(pipelineIds().slice(0, 10));
    await clock.advance(1_500);
    expect(read()).toEqual(pipelineIds().slice(0, 20));
    await clock.advance(3_000);
    expect(read()).toEqual(pipelineIds());
  });

  test('many triggers are all read within one interval, and never many concurrently', async () => {
    const { clock, asked } = await restart(600, { onManual: 'play' });
    const each: number[] = [];
    for (let passed = 0; passed < quietMs; passed += 1_500) {
      const before = asked().reads;
      await clock.advance(passed === 0 ? 0 : 1_500);
      each.push(asked().reads - before);
    }
    expect(asked().reads).toBeGreaterThanOrEqual(590);
    expect(Math.max(...each)).toBeLessThanOrEqual(20);
  });

  test('many of one project need one list', async () => {
    const { clock, asked } = await restart(600);
    await clock.advance(quietMs / 2);
    expect(asked()).toEqual({ lists: 1, reads: 0 });
  });
});

test.each([1, 7, 25])(
  'of %i pipelines without a hook, each end is known within the time',
  async (howMany) => {
    const random = createRandom(howMany);
    const { startAll, clock, gitlab, find, pipelineIds } = begin({ random });
    const ids = await startAll(howMany);
    await startAll(howMany, { onManual: 'play' });
    const endedAt = new Map<number, number>();
    for (const pipelineId of pipelineIds()) {
      await clock.advance(random() * quietMs * 0.3);
      succeed({ gitlab }, pipelineId);
      endedAt.set(pipelineId, clock.now());
    }
    await clock.advance(quietMs);
    for (const id of ids) {
      const { state } = await find(id);
      if (state.kind !== 'finished') throw new Error(`${id} has not finished`);
      expect(state.finishedAt - (endedAt.get(state.pipeline?.id ?? 0) ?? 0)).toBeLessThanOrEqual(quietMs);
    }
  },
);

describe('GitLab is asked', () => {
  test('for at most four things concurrently', async () => {
    const { start, clock, gitlab, asked } = begin();
    const reads = Array.from({ length: 10 }, () => held('before'));
    gitlab.next('readPipeline', ...reads.map(({ interception }) => interception));
    for (let index = 0; index < 10; index += 1) await start({ onManual: 'play' });
    await clock.advance(quietMs);
    expect(asked().reads).toBe(4);
    reads[0]?.release();
    await settled();
    expect(asked().reads).toBe(5);
    for (const { release } of reads) release();
    await settled();
    expect(asked().reads).toBe(10);
  });

  test('about each trigger once at a time, however long the answer takes', async () => {
    const { start, clock, gitlab, asked } = begin();
    const read = held('before');
    gitlab.next('readPipeline', read.interception);
    await start();
    await clock.advance(10 * quietMs);
    expect(asked().reads).toBe(1);
    read.release();
    await clock.advance(quietMs);
    expect(asked().reads).toBe(2);
  });

  test('nothing about a trigger that a webhook reported while it waited for its turn', async () => {
    const { start, clock, gitlab, hook, asked, pipelineIds } = begin();
    const reads = Array.from({ length: 4 }, () => held('before'));
    gitlab.next('readPipeline', ...reads.map(({ interception }) => interception));
    for (let index = 0; index < 5; index += 1) await start({ onManual: 'play' });
    await clock.advance(quietMs);
    const last = pipelineIds()[4];
    gitlab.apply('run', ['build'], last);
    await hook(last);
    for (const { release } of reads) release();
    await settled();
    expect(asked().reads).toBe(4);
  });

  test('sooner or later, as chance will have it, but never too late', async () => {
    for (const [random, from, to] of [
      [() => 0, 0.9, 0.925],
      [() => 0.999, 0.95, 0.975],
    ] as const) {
      const { start, clock, asked } = begin({ random });
      await start();
      await clock.advance(quietMs * from - 1);
      expect(asked().reads).toBe(0);
      await clock.advance(quietMs * (to - from) + 1);
      expect(asked().reads).toBe(1);
    }
  });
});

test('an action that failed while its trigger waited for its turn is performed at that turn', async () => {
  const { engine, start, clock, gitlab, count } = begin();
  const id = await start();
  await clock.advance(0.7 * quietMs);
  gitlab.next('cancelPipeline', failing(new Error('a bug')));
  await engine.steer.cancel(id, 'ci');
  await clock.advance(0.3 * quietMs);
  expect(count('cancelPipeline')).toBe(2);
  expect(gitlab.pipelines().map(({ status }) => status)).toEqual(['canceled']);
});

test('what GitLab gave no answer about is asked again in a minute, however long one may go without news', async () => {
  const { start, clock, gitlab, asked } = begin({ quietMs: 10 * quietMs });
  gitlab.next('readPipeline', failing(unreadable()), failing(refusal('401 Unauthorized')));
  await start();
  await clock.advance(9.5 * quietMs);
  expect(asked().reads).toBe(1);
  await clock.advance(quietMs);
  expect(asked().reads).toBe(2);
  await clock.advance(8 * quietMs);
  expect(asked().reads).toBe(2);
  await clock.advance(2 * quietMs);
  expect(asked().reads).toBe(3);
});

describe("GitLab's rate limit", () => {
  const pausing = (ms: number) => times(1, () => () => Promise.resolve(ms));

  test('while it is low nothing is asked that can wait, and nobody asks whether it is', async () => {
    const { start, clock, gitlab, asked, count } = begin();
    gitlab.next('pauseMs', ...pausing(5 * quietMs));
    await start();
    await clock.advance(5 * quietMs);
    expect([asked(), count('pauseMs')]).toEqual([{ lists: 0, reads: 0 }, 1]);
    await clock.advance(2 * quietMs);
    expect(asked().reads).toBeGreaterThanOrEqual(1);
  });

  test('delays lists, too, and the delayed lists are spread over time', async () => {
    let next = 0;
    const { start, clock, gitlab, asked } = begin({ random: () => (next += 0.1) % 1 });
    for (let index = 0; index < 10; index += 1) await start({ onManual: 'play' });
    gitlab.next('pauseMs', ...times(10, () => () => Promise.resolve(quietMs)));
    await clock.advance(2 * quietMs - 5_000);
    const soon = asked().reads;
    await clock.advance(quietMs + 5_000);
    expect(soon).toBeLessThan(7);
    expect(asked().reads).toBeGreaterThanOrEqual(10);
  });

  test('a list is not asked for against it', async () => {
    const { startAll, clock, gitlab, asked } = begin();
    await startAll(3);
    gitlab.next('pauseMs', ...pausing(3 * quietMs));
    await clock.advance(3 * quietMs);
    expect(asked()).toEqual({ lists: 0, reads: 0 });
    await clock.advance(2 * quietMs);
    expect(asked()).toMatchObject({ reads: 0, lists: expect.any(Number) as number });
    expect(asked().lists).toBeGreaterThanOrEqual(1);
  });

  test.each(['listPipelines', 'readPipeline'] as const)(
    'broken in the middle, by %s, lets all others wait until it begins anew',
    async (method) => {
      const { startAll, clock, gitlab, asked, outcomeOf } = begin();
      const ids = await startAll(5);
      for (const { id } of gitlab.pipelines()) succeed({ gitlab }, id);
      gitlab.next(method, failing(tooManyRequests(2 * quietMs)));
      await clock.advance(2.9 * quietMs);
      expect(asked()).toEqual(method === 'listPipelines' ? { lists: 1, reads: 0 } : { lists: 1, reads: 1 });
      await clock.advance(2 * quietMs);
      expect(await Promise.all(ids.map(outcomeOf))).toEqual(ids.map(() => 'success'));
    },
  );
});

test('one who polls a single pipeline looks to the moment, and never less often', async () => {
  const { engine, start, clock, gitlab, hook, count } = startEngine(
    createOutside(),
    {},
    { looksExactly: true },
  );
  await start();
  await start();
  gitlab.apply('run', ['build']);
  await hook();
  for (let passed = 0; passed < 30 * quietMs; passed += 1_000) {
    await clock.advance(1_000);
    await engine.sweep.round();
    await settled();
  }
  expect([count('readPipeline'), count('listPipelines'), count('pauseMs')]).toEqual([60, 0, 0]);
});

test('to stop is to end the looks that are under way, and to begin no others', async () => {
  const { engine, start, clock, gitlab, stop, asked } = begin();
  const reads = Array.from({ length: 4 }, () => held('before'));
  gitlab.next('readPipeline', ...reads.map(({ interception }) => interception));
  for (let index = 0; index < 6; index += 1) await start({ onManual: 'play' });
  await clock.advance(quietMs);
  await stop();
  let isStopped = false;
  const stopped = engine.stop().then(() => (isStopped = true));
  await settled();
  expect(isStopped).toBe(false);
  for (const { release } of reads) release();
  await stopped;
  expect(asked().reads).toBe(4);
});
