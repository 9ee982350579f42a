import { describe, expect, test } from 'vitest';
import type { PipelineId } from '../../../src/domain/ids.ts';
import { isOpen } from '../../../src/domain/trigger/trigger.ts';
import { settled } from '../../fakes/fake-clock.ts';
import { dying, failing, held } from '../../fakes/intercept.ts';
import { reasonOf } from '../../fakes/triggers.ts';
import { gone, refusal, unreachable } from '../../fakes/failures.ts';
import { createOutside, quietMs, startEngine } from '../start-engine.ts';

test('the pipeline is canceled, and then the trigger', async () => {
  const { engine, start, find, gitlab, outcomeOf } = startEngine();
  const id = await start();
  await engine.steer.cancel(id, 'ci');
  await settled();
  expect(gitlab.pipelines()).toMatchObject([{ status: 'canceled' }]);
  expect([await outcomeOf(id), reasonOf(await find(id))]).toEqual(['canceled', 'canceled by ci']);
});

test('asked for twice is done once', async () => {
  const { engine, start, count } = startEngine();
  const id = await start();
  await Promise.all([engine.steer.cancel(id, 'ci'), engine.steer.cancel(id, 'ci')]);
  await settled();
  expect(count('cancelPipeline')).toBe(1);
});

test('that takes long is not repeated when the sweep finds it still to be done', async () => {
  const { engine, start, gitlab, clock, count } = startEngine();
  const id = await start();
  const way = held('after');
  gitlab.next('cancelPipeline', way.interception);
  await engine.steer.cancel(id, 'ci');
  await clock.advance(quietMs);
  await engine.sweep.round();
  way.release();
  await settled();
  expect(count('cancelPipeline')).toBe(1);
});

test('too late, it is a success', async () => {
  const { engine, start, gitlab, outcomeOf } = startEngine();
  const id = await start();
  for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
  await engine.steer.cancel(id, 'ci');
  await settled();
  expect(await outcomeOf(id)).toBe('success');
});

test.each([
  ['refused', refusal('403 Forbidden')],
  ['gone', gone()],
])('%s: the trigger waits for the pipeline’s own end', async (_what, error) => {
  const { engine, start, gitlab, hook, outcomeOf, lines } = startEngine();
  const id = await start();
  gitlab.next('cancelPipeline', failing(error));
  await engine.steer.cancel(id, 'ci');
  await settled();
  expect([await outcomeOf(id), lines]).toEqual([null, ['GitLab refused to cancel the pipeline']]);
  for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
  await hook();
  expect(await outcomeOf(id)).toBe('success');
});

test('without a token: the same', async () => {
  const { engine, start, outcomeOf, count } = startEngine(createOutside(), { apiToken: null });
  const id = await start();
  await engine.steer.cancel(id, 'ci');
  await settled();
  expect([await outcomeOf(id), count('cancelPipeline')]).toEqual([null, 0]);
});

test('GitLab is away: later, also when the trigger has ended meanwhile', async () => {
  const { engine, start, gitlab, clock, outcomeOf } = startEngine();
  const id = await start();
  gitlab.next('cancelPipeline', ...Array.from({ length: 3 }, () => failing(unreachable())));
  await engine.steer.cancel(id, 'ci');
  await engine.steer.resolve(id, 'failed', 'by hand');
  await clock.advance(60_000);
  expect(gitlab.pipelines()).toMatchObject([{ status: 'canceled' }]);
  expect(await outcomeOf(id)).toBe('failed');
});

test('a crash on the way: taken up after it', async () => {
  const outside = createOutside();
  const { engine, start, gitlab } = startEngine(outside);
  const id = await start();
  gitlab.next('cancelPipeline', dying({ after: 'nothing' }));
  await engine.steer.cancel(id, 'ci');
  await settled();
  await startEngine(outside).engine.sweep.resume();
  await settled();
  expect(gitlab.pipelines()).toMatchObject([{ status: 'canceled' }]);
});

describe('at the deadline', () => {
  test('where that is wanted, with the caller’s own token, which is erased only then', async () => {
    const { engine, start, find, gitlab, clock, store, outcomeOf } = startEngine(createOutside(), {
      apiToken: null,
      triggerToken: null,
    });
    const id = await start({ deadlineSeconds: 60, cancelOnDeadline: true }, { apiToken: 'glpat-caller' });
    gitlab.next('cancelPipeline', failing(unreachable()));
    await clock.advance(60_000);
    await engine.sweep.round();
    await settled();
    expect(await outcomeOf(id)).toBe('deadline');
    expect(await store.port.secretsOf(id)).not.toBeNull();
    await clock.advance(60_000);
    expect(gitlab.pipelines()).toMatchObject([{ status: 'canceled' }]);
    expect([isOpen(await find(id)), await store.port.secretsOf(id)]).toEqual([false, null]);
  });

  test('not where it is not', async () => {
    const { engine, start, gitlab, clock, outcomeOf } = startEngine();
    const id = await start({ deadlineSeconds: 60 });
    await clock.advance(60_000);
    await engine.sweep.round();
    await settled();
    expect([await outcomeOf(id), gitlab.pipelines()[0]?.status]).toEqual(['deadline', 'pending']);
  });
});

describe('a pipeline that two triggers wait for', () => {
  const begin = async () => {
    const engine = startEngine();
    const first = await engine.start();
    const [pipeline] = engine.gitlab.pipelines();
    engine.gitlab.apply('drop', ['build']);
    const second = await engine.start({ pipelineId: (pipeline?.id ?? 0) as PipelineId });
    return { ...engine, first, second };
  };

  test('goes on when one of them is canceled, which ends', async () => {
    const { engine, first, second, gitlab, outcomeOf, find, count } = await begin();
    await engine.steer.cancel(first, 'ci');
    await settled();
    expect([await outcomeOf(first), await outcomeOf(second), count('cancelPipeline')]).toEqual([
      'canceled',
      null,
      0,
    ]);
    expect(gitlab.pipelines()).toMatchObject([{ status: 'running' }]);
    expect(reasonOf(await find(first))).toMatch(/^canceled by ci; the pipeline goes on/);
  });

  test.each(['one after the other', 'concurrently'])('is canceled with the last trigger: %s', async (how) => {
    const { engine, first, second, gitlab, outcomeOf } = await begin();
    await Promise.all(
      [first, second].map(async (id, index) => {
        if (how !== 'concurrently' && index > 0) await settled();
        await engine.steer.cancel(id, 'ci');
      }),
    );
    await settled();
    expect([await outcomeOf(first), await outcomeOf(second)]).toEqual(['canceled', 'canceled']);
    expect(gitlab.pipelines()).toMatchObject([{ status: 'canceled' }]);
  });
});

describe('with the upstream pipeline', () => {
  const begin = async (cancelWithUpstream: boolean) => {
    const engine = startEngine();
    await engine.start();
    const [parent] = engine.gitlab.pipelines();
    const upstream = { project: 'group/app', pipelineId: (parent?.id ?? 0) as PipelineId, jobId: null };
    const id = await engine.start({ upstream, cancelWithUpstream });
    engine.gitlab.apply('cancel', [], parent?.id);
    await engine.hook(parent?.id);
    return { ...engine, id };
  };

  test('where that is wanted', async () => {
    const { gitlab, find, id } = await begin(true);
    expect(gitlab.pipelines()).toMatchObject([{ status: 'canceled' }, { status: 'canceled' }]);
    expect(reasonOf(await find(id))).toBe('the upstream pipeline was canceled');
  });

  test('not where it is not', async () => {
    const { gitlab, outcomeOf, id } = await begin(false);
    expect([gitlab.pipelines()[1]?.status, await outcomeOf(id)]).toEqual(['pending', null]);
  });
});
