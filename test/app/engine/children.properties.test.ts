import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Delivery } from '../../../src/domain/delivery.ts';
import type { JobEvent } from '../../../simulator/engine/apply-event.ts';
import type { JobView, PipelineView } from '../../../simulator/view.ts';
import { settled } from '../../fakes/fake-clock.ts';
import { createOutside, quietMs, startEngine } from '../start-engine.ts';

/** What a job can be, as .gitlab-ci.yml says it. */
const kinds = {
  plain: { script: 'make' },
  'may fail': { script: 'make', allow_failure: true },
  required: { script: 'make', when: 'manual', allow_failure: false },
  optional: { script: 'make', when: 'manual' },
} as const;

const stages = ['one', 'two'];
const anyJobs = fc
  .array(fc.constantFrom<keyof typeof kinds>('plain', 'may fail', 'required', 'required', 'optional'), {
    minLength: 1,
    maxLength: 3,
  })
  .map((chosen) => chosen.map((kind) => kinds[kind] as object));

const anyBridge = (include: string): fc.Arbitrary<object> =>
  fc.record({
    trigger: fc.record({ include: fc.constant(include), strategy: fc.constantFrom('depend', 'mirror') }),
    allow_failure: fc.constantFrom(false, false, true),
    when: fc.constantFrom('on_success', 'on_success', 'on_success', 'manual'),
  });

/** Jobs of these kinds, in two stages, under names of their own. */
const ciOf = (prefix: string, jobs: readonly object[]): Record<string, object> =>
  Object.fromEntries(jobs.map((job, index) => [`${prefix}${index}`, { stage: stages[index % 2], ...job }]));

/** A parent with up to three children, and a grandchild below the first. */
const anyFamily = fc
  .record({
    own: anyJobs,
    bridges: fc.array(anyBridge('c0'), { minLength: 1, maxLength: 3 }),
    children: fc.tuple(anyJobs, anyJobs, anyJobs),
    inner: fc.option(anyBridge('d')),
    grandchild: anyJobs,
  })
  .map(({ own, bridges, children, inner, grandchild }) => {
    const started = bridges.map((bridge, index) => ({
      ...bridge,
      trigger: { ...(bridge as { trigger: object }).trigger, include: `c${index}` },
    }));
    const [first, second, third] = children;
    return {
      ci: { stages, ...ciOf('own', own), ...ciOf('bridge', started) },
      includes: {
        c0: { stages, ...ciOf('a', first), ...(inner === null ? {} : ciOf('inner', [inner])) },
        c1: { stages, ...ciOf('b', second) },
        c2: { stages, ...ciOf('c', third) },
        d: { stages, ...ciOf('d', grandchild) },
      },
    };
  });

type Moment = 'sweep' | 'restart' | 'cancel';

type Step =
  | { readonly what: 'move'; readonly event: JobEvent; readonly pipeline: number; readonly job: number }
  | { readonly what: 'hook' | 'kept hook' | 'late hook'; readonly pipeline: number }
  | { readonly what: Moment };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      what: fc.constant('move'),
      event: fc.constantFrom<JobEvent>(
        'run',
        'success',
        'success',
        'success',
        'drop',
        'cancel',
        'play',
        'retry',
      ),
      pipeline: fc.nat({ max: 4 }),
      job: fc.nat({ max: 4 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constantFrom('hook', 'hook', 'hook', 'kept hook', 'late hook'),
      pipeline: fc.nat({ max: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constantFrom<Moment>('sweep', 'sweep', 'sweep', 'restart', 'restart', 'cancel'),
    }),
  },
);

/** From which statuses GitLab lets a job move so. */
const from: Partial<Record<JobEvent, readonly string[]>> = {
  run: ['pending'],
  success: ['pending', 'running'],
  drop: ['pending', 'running'],
  cancel: ['pending', 'running'],
  play: ['manual'],
  retry: ['success', 'failed', 'canceled'],
};

const latest = ({ jobs }: PipelineView): readonly JobView[] => jobs.filter(({ retried }) => !retried);
const underWay: readonly string[] = ['pending', 'running', 'preparing', 'canceling'];

/** What is wrong with playing a job of a pipeline, where these were played for the same trigger. */
function wrongs(all: readonly PipelineView[], jobId: number, ownIds: ReadonlySet<number>): readonly string[] {
  const pipeline = all.find(({ jobs }) => jobs.some(({ id }) => id === jobId));
  if (pipeline === undefined) return ['it is in no pipeline'];
  const moving = latest(pipeline).filter(({ id, status }) => underWay.includes(status) && !ownIds.has(id));
  return [
    ...moving.map(({ name, status }) => `${name} is ${status}`),
    ...(lostIn(all).has(pipeline.id) ? ['a required job has failed in its family'] : []),
  ];
}

/** Lost are those with a required failure, what is above them where the bridge may not fail, and all below. */
function lostIn(all: readonly PipelineView[]): ReadonlySet<number> {
  const edges = all.flatMap((parent) =>
    latest(parent).flatMap(({ downstreamId, allowFailure }) =>
      downstreamId === null ? [] : [{ parent: parent.id, child: downstreamId, allowFailure }],
    ),
  );
  const isLost = (pipeline: PipelineView): boolean =>
    latest(pipeline).some(
      ({ status, allowFailure }) => !allowFailure && ['failed', 'canceled'].includes(status),
    );
  const lost = new Set(all.filter(isLost).map(({ id }) => id));
  for (let round = 0; round < 4; round += 1)
    for (const { parent, child, allowFailure } of edges) {
      if (lost.has(child) && !allowFailure) lost.add(parent);
      if (lost.has(parent)) lost.add(child);
    }
  return lost;
}

test('in a family nothing is played early, nor after a required failure, and every trigger ends', async () => {
  let plays = 0;
  let inChildren = 0;
  await fc.assert(
    fc.asyncProperty(anyFamily, fc.array(anyStep, { maxLength: 30 }), async (family, steps) => {
      const outside = createOutside([{ id: 7, path: 'group/any', ...family }]);
      const { gitlab, clock } = outside;
      const early: string[] = [];
      const ownIds = new Set<number>();
      const check = (execute: () => Promise<unknown>): Promise<unknown> => {
        const id = Number(gitlab.calls.at(-1)?.split(' ')[2]);
        const all = gitlab.pipelines();
        early.push(...wrongs(all, id, ownIds));
        if (ownIds.has(id)) early.push('it was played before');
        if (!all[0]?.jobs.some((job) => job.id === id)) inChildren += 1;
        ownIds.add(id);
        plays += 1;
        return execute();
      };
      gitlab.next('playJob', ...Array.from({ length: 100 }, () => check));
      let current = startEngine(outside);
      const id = await current.start({ project: 'group/any', deadlineSeconds: 10_000_000, onManual: 'play' });
      const deliver = (delivery: Delivery): Promise<unknown> =>
        Promise.race([current.deliver(delivery), settled()]);
      const hookOf = (pipeline: number): Delivery | null => {
        const all = gitlab.pipelines();
        const found = all[pipeline % Math.max(all.length, 1)];
        return found === undefined ? null : gitlab.pipelineHook(found.id);
      };
      const sweep = async (): Promise<void> => {
        await clock.advance(quietMs);
        await Promise.race([current.engine.sweep.round(), settled()]);
        await settled();
      };
      const kept: Delivery[] = [];
      const move = (event: JobEvent, pipeline: PipelineView | undefined, at: number): void => {
        const builds = pipeline === undefined ? [] : latest(pipeline).filter(({ kind }) => kind === 'build');
        const job = builds[at % Math.max(builds.length, 1)];
        if (pipeline !== undefined && job !== undefined && from[event]?.includes(job.status) === true)
          gitlab.apply(event, [job.name], pipeline.id);
      };
      for (const step of steps) {
        if (step.what === 'move') move(step.event, gitlab.pipelines()[step.pipeline], step.job);
        else if (step.what === 'sweep') await sweep();
        else if (step.what === 'cancel') await current.engine.steer.cancel(id, 'ci');
        else if (step.what === 'restart') {
          current.kill();
          current = startEngine(outside);
          await Promise.race([current.engine.sweep.resume(), settled()]);
        } else {
          const delivery =
            step.what === 'late hook'
              ? (kept.shift() ?? null)
              : hookOf('pipeline' in step ? step.pipeline : 0);
          if (delivery !== null && step.what === 'kept hook') kept.push(delivery);
          else if (delivery !== null) await deliver(delivery);
        }
        await clock.advance(500);
        await settled();
      }
      // From here on all goes well, until nothing moves any more.
      for (let round = 0; round < 14; round += 1) {
        await sweep();
        for (const pipeline of gitlab.pipelines())
          for (const [index] of latest(pipeline).entries()) move('success', pipeline, index);
      }
      expect(early).toEqual([]);
      expect((await current.find(id)).state.kind).toBe('finished');
    }),
    { numRuns: 600 },
  );
  // Else the test would show nothing.
  expect(plays).toBeGreaterThan(50);
  expect(inChildren).toBeGreaterThan(20);
}, 300_000);
