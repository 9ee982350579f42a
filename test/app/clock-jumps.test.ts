import { describe, expect, test } from 'vitest';
import { settled } from '../fakes/fake-clock.ts';
import { dying } from '../fakes/intercept.ts';
import { createOutside, quietMs, startEngine } from './start-engine.ts';

const [hour, day] = [3_600_000, 86_400_000];

/** The machine's clock is set while the service is down: what lives afterwards sees another time. */
function restartAfterJump(outside: ReturnType<typeof createOutside>, jumpMs: number) {
  const { clock } = outside;
  const service = startEngine({ ...outside, clock: { ...clock, now: () => clock.now() + jumpMs } });
  const stopping = new AbortController();
  const begin = async (): Promise<void> => {
    await service.engine.sweep.resume();
    void service.engine.sweep.run(stopping.signal);
    await settled();
  };
  return { ...service, begin };
}

const deadlineSeconds = (2 * day) / 1000;

const begin = async (jumpMs: number) => {
  const outside = createOutside();
  const id = await startEngine(outside).start({ deadlineSeconds });
  const after = restartAfterJump(outside, jumpMs);
  await after.begin();
  for (const job of ['build', 'unit']) after.gitlab.apply('success', [job]);
  return { ...after, id };
};

describe.each([
  ['an hour ahead', hour],
  ['an hour back', -hour],
  ['a day ahead', day],
  ['a day back', -day],
])('the clock is set %s between two lives', (_what, jumpMs) => {
  test('a hook brings the end', async () => {
    const { id, hook, outcomeOf } = await begin(jumpMs);
    await hook();
    expect(await outcomeOf(id)).toBe('success');
  });

  test('a trigger whose time is not up is not ended', async () => {
    const { id, outcomeOf } = await begin(jumpMs);
    expect(await outcomeOf(id)).toBeNull();
  });
});

describe.each([
  ['an hour', hour],
  ['a day', day],
])('the clock is set %s ahead between two lives', (_what, jumpMs) => {
  test('without a hook the sweep finds the end', async () => {
    const { id, clock, outcomeOf } = await begin(jumpMs);
    await clock.advance(quietMs + 10_000);
    expect(await outcomeOf(id)).toBe('success');
  });

  test('what was left undone is taken up', async () => {
    const outside = createOutside();
    outside.store.next('secretsOf', dying({ after: 'nothing' }));
    const id = await startEngine(outside).start({ deadlineSeconds });
    const after = restartAfterJump(outside, jumpMs);
    await after.begin();
    expect((await after.find(id)).state.kind).toBe('running');
  });
});
