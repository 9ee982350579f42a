import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Delivery } from '../../../src/domain/delivery.ts';
import { settled } from '../../fakes/fake-clock.ts';
import { startEngine } from '../start-engine.ts';

/** The jobs of a pipeline with three manual jobs that are played, in the order they succeed. */
const jobs = ['build', 'approve', 'deploy', 'verify'];
const acts = ['createPipeline', 'playJob', 'retryPipeline', 'cancelPipeline'];

/**
 * A trigger from its start to its end, with a hook after each step.
 * @param replays after each step: which of the deliveries so far come once more
 */
async function live(replays: readonly (readonly number[])[]) {
  const { engine, gitlab, start, deliver, find } = startEngine();
  const deliveries: Delivery[] = [];
  const replay = async (which: readonly number[] = []): Promise<void> => {
    const chosen = which.flatMap((index) => deliveries[index % deliveries.length] ?? []);
    await Promise.all(chosen.map(engine.applyDelivery));
    await settled();
  };
  const id = await start({ project: 'group/manual', onManual: 'play' });
  for (const [step, job] of jobs.entries()) {
    gitlab.apply('success', [job]);
    deliveries.push(gitlab.pipelineHook(), gitlab.jobHook(job));
    for (const delivery of deliveries.slice(-2)) await deliver(delivery);
    await replay(replays[step]);
  }
  const [trigger, calls] = [await find(id), gitlab.calls.length];
  await replay(replays.flat());
  return {
    acted: gitlab.calls.filter((call) => acts.includes(call.split(' ')[0] ?? '')),
    trigger,
    afterwards: await find(id),
    callsAfterwards: gitlab.calls.length - calls,
  };
}

test('deliveries that are replayed, at any time, any number of times, have no second effect', async () => {
  const plain = await live([]);
  expect(plain.trigger.state).toMatchObject({ kind: 'finished', outcome: 'success' });
  expect(plain.acted.filter((call) => call.startsWith('playJob'))).toHaveLength(3);
  const anyReplays = fc.array(fc.array(fc.nat(7), { maxLength: 6 }), { maxLength: jobs.length });
  await fc.assert(
    fc.asyncProperty(anyReplays, async (replays) => {
      const { acted, trigger, afterwards, callsAfterwards } = await live(replays);
      expect(acted).toEqual(plain.acted);
      expect(trigger.state).toMatchObject({ kind: 'finished', outcome: 'success' });
      expect(trigger.played).toEqual(plain.trigger.played);
      expect(afterwards).toEqual(trigger);
      expect(callsAfterwards).toBe(0);
    }),
    { numRuns: 200 },
  );
});
