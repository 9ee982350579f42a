import { expect, test } from 'vitest';
import type { TriggerId } from '../../../src/domain/ids.ts';
import { createRandom } from '../../../simulator/faults/random.ts';
import { createOutside, quietMs, startEngine } from '../start-engine.ts';

const second = 1_000;
/** The sweep looks every so often for triggers that have been quiet for too long. */
const roundMs = 5 * second;
const count = 30;

interface Step {
  readonly at: number;
  readonly take: () => Promise<void>;
}

/** Some triggers, each with four hooks up to `pauseMs` apart, of which this share is lost. */
async function run(lost: number, seed: number, pauseMs: number) {
  const random = createRandom(seed);
  const { engine, clock, gitlab, start, hook, find, count: countOf } = startEngine(createOutside());
  const stopping = new AbortController();
  const swept = engine.sweep.run(stopping.signal);
  const ends: { readonly id: TriggerId; readonly at: number }[] = [];

  /** A trigger's life: it is asked for, then its jobs run one after the other. */
  function live(from: number): readonly Step[] {
    let [id, pipelineId, at] = ['' as TriggerId, 0, from];
    const move = (job: string, event: 'run' | 'success'): Step => ({
      at: (at += random() * pauseMs),
      take: async () => {
        gitlab.apply(event, [job], pipelineId);
        if (job === 'unit' && event === 'success') ends.push({ id, at: clock.now() });
        if (random() >= lost) await hook(pipelineId);
      },
    });
    const begin = async (): Promise<void> => {
      id = await start();
      pipelineId = gitlab.pipelines().at(-1)?.id ?? 0;
    };
    const jobs = ['build', 'unit'].flatMap((job) => [move(job, 'run'), move(job, 'success')]);
    return [{ at: from, take: begin }, ...jobs];
  }

  const since = clock.now();
  const steps = Array.from({ length: count }, () => live(since + random() * 300 * second)).flat();
  for (const { at, take } of steps.toSorted((one, other) => one.at - other.at)) {
    await clock.advance(Math.max(at - clock.now(), 0));
    await take();
  }
  await clock.advance(2 * quietMs);
  stopping.abort();
  await swept;
  const lateMs = ends.map(async ({ id, at }) => {
    const { state } = await find(id);
    return state.kind === 'finished' && state.outcome === 'success' ? state.finishedAt - at : Infinity;
  });
  return {
    lateMs: await Promise.all(lateMs),
    reads: countOf('readPipeline'),
    tookMs: clock.now() - since,
  };
}

test.each([
  [0, 0],
  [1, 0.01],
  [2, 0.3],
  [3, 1],
])(
  'seed %i, a share of %d of the hooks is lost: every outcome comes within SWEEP_SECONDS, and a round, of the end',
  async (seed, lost) => {
    const { lateMs, reads, tookMs } = await run(lost, seed, 150 * second);
    expect(lateMs).toHaveLength(count);
    expect(Math.max(...lateMs)).toBeLessThanOrEqual(quietMs + roundMs);
    // One read each time that a trigger has been quiet for so long, and not one more.
    expect(reads).toBeLessThanOrEqual(count * Math.floor(tookMs / quietMs));
    if (lost === 0) expect(Math.max(...lateMs)).toBe(0);
  },
);

test('no hook is lost, and they come more often than the sweep: hardly anything is read', async () => {
  const { lateMs, reads } = await run(0, 7, 50 * second);
  expect(Math.max(...lateMs)).toBe(0);
  expect(reads).toBeLessThan(2 * count);
});
