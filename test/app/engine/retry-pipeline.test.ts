import { expect, test } from 'vitest';
import { settled } from '../../fakes/fake-clock.ts';
import { dying, failing, held, losingAnswer } from '../../fakes/intercept.ts';
import { connectionReset, refusal, unreachable } from '../../fakes/failures.ts';
import type { Outside } from '../start-engine.ts';
import { createOutside, quietMs, startEngine } from '../start-engine.ts';

/** A trigger that has failed. */
async function begin(outside: Outside = createOutside(), service = {}) {
  const engine = startEngine(outside, service);
  const id = await engine.start();
  engine.gitlab.apply('drop', ['build']);
  await engine.hook();
  return { ...engine, id };
}

test('what failed runs again, and its new end is the end', async () => {
  const { engine, id, gitlab, hook, outcomeOf } = await begin();
  expect(await outcomeOf(id)).toBe('failed');
  await engine.steer.retry(id);
  await settled();
  expect(gitlab.pipelines()).toMatchObject([{ status: 'running' }]);
  expect(await outcomeOf(id)).toBeNull();
  for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
  await hook();
  expect(await outcomeOf(id)).toBe('success');
});

test('asked for twice is done once', async () => {
  const { engine, id, count } = await begin();
  await Promise.all([engine.steer.retry(id), engine.steer.retry(id)]);
  await settled();
  expect(count('retryPipeline')).toBe(1);
});

test('that takes long is not repeated when the sweep finds it still to be done', async () => {
  const { engine, id, gitlab, clock, count } = await begin();
  const way = held('after');
  gitlab.next('retryPipeline', way.interception);
  await engine.steer.retry(id);
  await clock.advance(quietMs);
  await engine.sweep.round();
  way.release();
  await settled();
  expect(count('retryPipeline')).toBe(1);
});

test('whose answer is lost is repeated: what runs already is not touched', async () => {
  const { engine, id, gitlab, count, find, clock } = await begin();
  gitlab.next('retryPipeline', losingAnswer(connectionReset()));
  await engine.steer.retry(id);
  await clock.advance(60_000);
  expect(count('retryPipeline')).toBe(2);
  expect(gitlab.pipelines()[0]?.jobs.filter(({ name }) => name === 'build')).toHaveLength(2);
  expect((await find(id)).state.kind).toBe('running');
});

test('that a crash has cut off is taken up after it', async () => {
  const outside = createOutside();
  const { engine, id, gitlab } = await begin(outside);
  gitlab.next('retryPipeline', dying({ after: 'nothing' }));
  await engine.steer.retry(id);
  await settled();
  await startEngine(outside).engine.sweep.resume();
  await settled();
  expect(gitlab.pipelines()).toMatchObject([{ status: 'running' }]);
});

test('refused is an error, and may be asked for again', async () => {
  const { engine, id, gitlab, outcomeOf } = await begin();
  gitlab.next('retryPipeline', failing(refusal('403 Forbidden')));
  await engine.steer.retry(id);
  await settled();
  expect(await outcomeOf(id)).toBe('error');
  await engine.steer.retry(id);
  await settled();
  expect(await outcomeOf(id)).toBeNull();
});

test('without a token is refused', async () => {
  const { engine, id, outcomeOf, count } = await begin(createOutside(), { apiToken: null });
  await engine.steer.retry(id);
  await settled();
  expect([await outcomeOf(id), count('retryPipeline')]).toEqual(['error', 0]);
});

test('canceled before GitLab could be reached is not done any more', async () => {
  const { engine, id, gitlab, clock, outcomeOf } = await begin();
  gitlab.next('retryPipeline', failing(unreachable()));
  await engine.steer.retry(id);
  await settled();
  await engine.steer.cancel(id, 'ci');
  await clock.advance(120_000);
  expect(gitlab.pipelines()).toMatchObject([{ status: 'failed' }]);
  expect(await outcomeOf(id)).toBe('canceled');
});

test('whose new end is faster than the answer ends with it', async () => {
  const { engine, id, gitlab, hook, outcomeOf } = await begin();
  const way = held('after');
  gitlab.next('retryPipeline', way.interception);
  await engine.steer.retry(id);
  await settled();
  for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
  await hook();
  expect(await outcomeOf(id)).toBeNull();
  way.release();
  await settled();
  expect(await outcomeOf(id)).toBe('success');
});
