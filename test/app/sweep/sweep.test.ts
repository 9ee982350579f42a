import { describe, expect, test } from 'vitest';
import { settled } from '../../fakes/fake-clock.ts';
import { dying, failing } from '../../fakes/intercept.ts';
import { refusal, storageUnavailable, unreadable } from '../../fakes/failures.ts';
import { createOutside, quietMs, startEngine } from '../start-engine.ts';

/** A running service with its sweep. */
function begin(service = {}) {
  const engine = startEngine(createOutside(), service);
  const stopping = new AbortController();
  const running = engine.engine.sweep.run(stopping.signal);
  const stop = async () => {
    stopping.abort();
    await running;
  };
  return { ...engine, stop };
}

/** All jobs succeed, and no hook tells. */
const succeed = ({ gitlab }: Pick<ReturnType<typeof startEngine>, 'gitlab'>, pipelineId?: number): void => {
  for (const job of ['build', 'unit']) gitlab.apply('success', [job], pipelineId);
};

describe('a trigger without news', () => {
  test('is looked after when it has been quiet for long enough, and not before', async () => {
    const service = begin();
    const id = await service.start();
    succeed(service);
    await service.clock.advance(quietMs * 0.9 - 1);
    expect([await service.outcomeOf(id), service.count('readPipeline')]).toEqual([null, 0]);
    await service.clock.advance(quietMs * 0.1);
    expect(await service.outcomeOf(id)).toBe('success');
  });

  test('that goes on quietly is read once in that time', async () => {
    const { start, clock, count } = begin();
    await start();
    await clock.advance(10 * quietMs);
    expect([10, 11]).toContain(count('readPipeline'));
  });

  test('has its time begin anew with each hook', async () => {
    const { start, clock, gitlab, hook, count } = begin();
    await start();
    for (const event of ['run', 'success'] as const) {
      await clock.advance(quietMs - 10_000);
      gitlab.apply(event, ['build']);
      await hook();
    }
    await clock.advance(quietMs - 10_000);
    expect(count('readPipeline')).toBe(0);
  });

  test.each([
    ['refuses', () => failing(refusal('401 Unauthorized'))],
    ['fails with a bug of ours', () => failing(new Error('a bug'))],
  ])('is not asked after more often when GitLab %s', async (_what, interception) => {
    const { start, clock, gitlab, count } = begin();
    gitlab.next('readPipeline', ...Array.from({ length: 100 }, interception));
    await start();
    await clock.advance(10 * quietMs);
    expect([10, 11]).toContain(count('readPipeline'));
  });

  test('needs no look without a token: there is nobody to ask', async () => {
    const { start, clock, gitlab, outcomeOf, count } = begin({ apiToken: null });
    const id = await start();
    await clock.advance(3 * quietMs);
    expect([await outcomeOf(id), count('readPipeline'), gitlab.pipelines().length]).toEqual([null, 0, 1]);
  });
});

describe('the deadline', () => {
  test('ends what has not ended, when it has come', async () => {
    const { start, clock, outcomeOf } = begin();
    const id = await start({ deadlineSeconds: 600 });
    await clock.advance(599_999);
    expect(await outcomeOf(id)).toBeNull();
    await clock.advance(5_001);
    expect(await outcomeOf(id)).toBe('deadline');
  });

  test('of what GitLab refuses to tell about, too', async () => {
    const { start, clock, gitlab, outcomeOf } = begin();
    gitlab.next('readPipeline', ...Array.from({ length: 100 }, () => failing(refusal('401 Unauthorized'))));
    const id = await start({ deadlineSeconds: 600 });
    await clock.advance(605_000);
    expect(await outcomeOf(id)).toBe('deadline');
  });
});

describe('after a start', () => {
  test('each open trigger gets what webhooks reported, and its pending actions are performed', async () => {
    const outside = createOutside();
    const before = startEngine(outside);
    const { gitlab, store } = outside;
    const done = await before.start();
    const doneId = gitlab.pipelines()[0]?.id;
    gitlab.next('cancelPipeline', dying({ after: 'nothing' }));
    const canceling = await before.start();
    const cancelingId = gitlab.pipelines()[1]?.id ?? 0;
    await before.engine.steer.cancel(canceling, 'ci');
    await settled();
    store.next('secretsOf', dying({ after: 'nothing' }));
    const requested = await before.start();
    store.next('findConcerned', dying({ after: 'nothing' }));
    succeed(before, doneId);
    await before.hook(doneId);

    const { engine, outcomeOf, find } = startEngine(outside);
    await engine.sweep.resume();
    await settled();
    expect([await outcomeOf(done), await outcomeOf(canceling)]).toEqual(['success', 'canceled']);
    expect((await find(requested)).state.kind).toBe('running');
    expect(gitlab.pipelines().find(({ id }) => id === cancelingId)?.status).toBe('canceled');
  });

  test('one that cannot be taken up keeps none of the others back', async () => {
    const outside = createOutside();
    const before = startEngine(outside);
    await before.start();
    outside.store.next('secretsOf', dying({ after: 'nothing' }));
    const requested = await before.start();
    outside.inbox.next('ofPipeline', failing(storageUnavailable()));
    const { engine, find, lines } = startEngine(outside);
    await engine.sweep.resume();
    await settled();
    expect([(await find(requested)).state.kind, lines[0]]).toEqual(['running', 'inbox not applied']);
  });

  test('the engine does not read all of them from GitLab immediately: the sweep does', async () => {
    const outside = createOutside();
    const { start } = startEngine(outside);
    for (let index = 0; index < 100; index += 1) await start();
    const { engine, count } = startEngine(outside);
    await engine.sweep.resume();
    await settled();
    expect(count('readPipeline')).toBe(0);
  });

  test.each([600_000, 100])(
    'what ended while it was away for %i ms is found in the first round',
    async (ms) => {
      const outside = createOutside();
      const before = startEngine(outside);
      const id = await before.start();
      succeed(before);
      await outside.clock.advance(ms);
      const { engine, outcomeOf } = startEngine(outside);
      await engine.sweep.resume();
      await engine.sweep.round();
      await settled();
      expect(await outcomeOf(id)).toBe('success');
    },
  );
});

test('one that was heard of in what is now the future is swept as if it had been heard of just now', async () => {
  const outside = createOutside();
  const id = await startEngine(outside).start();
  succeed(outside);
  const hourAgo = { ...outside.clock, now: () => outside.clock.now() - 3_600_000 };
  const { engine, outcomeOf, count } = startEngine({ ...outside, clock: hourAgo });
  await engine.sweep.resume();
  await engine.sweep.round();
  await settled();
  expect([await outcomeOf(id), count('readPipeline')]).toEqual([null, 0]);
  await outside.clock.advance(quietMs);
  await engine.sweep.round();
  await settled();
  expect(await outcomeOf(id)).toBe('success');
});

describe('the rounds', () => {
  test('go on after one that failed', async () => {
    const service = begin();
    const id = await service.start();
    succeed(service);
    service.store.next('findPastDeadline', failing(storageUnavailable()));
    service.store.next('quietVersions', failing(storageUnavailable()));
    await service.clock.advance(quietMs + 10_000);
    expect([service.lines[0], await service.outcomeOf(id)]).toEqual(['sweep failed', 'success']);
  });

  test('end with the signal', async () => {
    const service = begin();
    await service.start();
    await service.stop();
    await service.clock.advance(10 * quietMs);
    expect([service.count('readPipeline'), service.clock.sleeping()]).toEqual([0, []]);
  });

  test('find GitLab when it is back', async () => {
    const service = begin();
    const id = await service.start();
    succeed(service);
    service.gitlab.next('readPipeline', ...Array.from({ length: 8 }, () => failing(unreadable())));
    await service.clock.advance(10 * quietMs);
    expect(await service.outcomeOf(id)).toBe('success');
  });
});
