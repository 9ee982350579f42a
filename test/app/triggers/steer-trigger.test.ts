import { describe, expect, test } from 'vitest';
import type { TriggerId } from '../../../src/domain/ids.ts';
import { settled } from '../../fakes/fake-clock.ts';
import { failing } from '../../fakes/intercept.ts';
import { outcomeOf, reasonOf } from '../../fakes/triggers.ts';
import { unreadable } from '../../fakes/failures.ts';
import { createOutside, startEngine } from '../start-engine.ts';

/** A trigger that is blocked by `approve` and `deploy`. */
async function begin(service = {}) {
  const engine = startEngine(createOutside(), service);
  const id = await engine.start({ project: 'group/manual' });
  engine.gitlab.apply('success', ['build']);
  await engine.hook();
  const { engine: running } = engine;
  const statusOf = (name: string) =>
    engine.gitlab.pipelines()[0]?.jobs.find((job) => job.name === name)?.status;
  return { ...engine, steer: running.steer, id, statusOf };
}

test.each(['cancel', 'play', 'retry', 'resolve', 'reconcile'] as const)(
  'there is nothing to %s of a trigger that is not there',
  async (what) => {
    const { engine } = startEngine();
    const none = 'trg_none' as TriggerId;
    const asked = {
      cancel: () => engine.steer.cancel(none, 'ci'),
      play: () => engine.steer.play(none, null),
      retry: () => engine.steer.retry(none),
      resolve: () => engine.steer.resolve(none, 'failed', 'why'),
      reconcile: () => engine.steer.reconcile(none),
    }[what];
    await expect(asked()).rejects.toMatchObject({ code: 'not_found' });
  },
);

describe('play', () => {
  test('has played what blocks, and gives the trigger as it is then', async () => {
    const { steer, id, outcomeOf, statusOf } = await begin();
    expect(await outcomeOf(id)).toBe('manual');
    expect((await steer.play(id, null)).state.kind).toBe('running');
    await settled();
    expect(['approve', 'deploy', 'rollback'].map(statusOf)).toEqual(['pending', 'pending', 'manual']);
  });

  test('has played what is named', async () => {
    const { steer, id, statusOf } = await begin();
    await steer.play(id, ['rollback']);
    await settled();
    expect(['approve', 'rollback'].map(statusOf)).toEqual(['manual', 'pending']);
  });

  test('asked for twice plays once', async () => {
    const { steer, id, count } = await begin();
    await Promise.all([steer.play(id, ['deploy']), steer.play(id, ['deploy'])]);
    await settled();
    expect(count('playJob')).toBe(1);
  });

  test('of what is not there is refused, and changes nothing', async () => {
    const { steer, id, find } = await begin();
    const before = await find(id);
    await expect(steer.play(id, ['deplyo'])).rejects.toMatchObject({ code: 'not_playable' });
    expect(await find(id)).toEqual(before);
  });

  test('before there is a pipeline changes nothing', async () => {
    const { engine, start, gitlab, find } = startEngine();
    gitlab.next('createPipeline', failing(unreadable()));
    const id = await start();
    expect(await engine.steer.play(id, null)).toEqual(await find(id));
  });

  test('without a token is refused', async () => {
    const { steer, id } = await begin({ apiToken: null });
    await expect(steer.play(id, null)).rejects.toMatchObject({ code: 'gitlab_refused' });
  });

  test('while GitLab is away is not possible, and changes nothing', async () => {
    const { steer, id, gitlab, outcomeOf } = await begin();
    gitlab.next('readPipeline', failing(unreadable()));
    await expect(steer.play(id, null)).rejects.toMatchObject({ code: 'gitlab_unavailable' });
    expect(await outcomeOf(id)).toBe('manual');
  });

  test('after the deadline has the whole time before it again', async () => {
    const { steer, engine, id, find, clock } = await begin();
    await clock.advance(3_600_000);
    await steer.play(id, null);
    await engine.sweep.round();
    expect((await find(id)).state.kind).toBe('running');
  });
});

test('resolve ends it as said, and leaves the pipeline alone', async () => {
  const { engine, start, gitlab } = startEngine();
  const id = await start();
  const trigger = await engine.steer.resolve(id, 'success', 'seen it');
  expect([outcomeOf(trigger), reasonOf(trigger)]).toEqual(['success', 'seen it']);
  expect(gitlab.pipelines()).toMatchObject([{ status: 'pending' }]);
});

describe('reconcile', () => {
  test('reads the pipeline now', async () => {
    const { engine, start, gitlab, outcomeOf } = startEngine();
    const id = await start();
    for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
    await engine.steer.reconcile(id);
    await settled();
    expect(await outcomeOf(id)).toBe('success');
  });

  test('has nothing to read of a finished trigger', async () => {
    const { steer, id, count } = await begin();
    await steer.reconcile(id);
    await settled();
    expect(count('readPipeline')).toBe(0);
  });
});
