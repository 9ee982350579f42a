import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Delivery } from '../../../src/domain/delivery.ts';
import type { OnManual } from '../../../src/domain/trigger/trigger.ts';
import type { JobEvent } from '../../../simulator/engine/apply-event.ts';
import type { JobView, PipelineView } from '../../../simulator/view.ts';
import { settled } from '../../fakes/fake-clock.ts';
import type { Held } from '../../fakes/intercept.ts';
import { held } from '../../fakes/intercept.ts';
import { createOutside, quietMs, startEngine } from '../start-engine.ts';

/** What a job can be, as .gitlab-ci.yml says it. */
const kinds = {
  plain: {},
  'may fail': { allow_failure: true },
  delayed: { when: 'delayed', start_in: '10 minutes' },
  required: { when: 'manual', allow_failure: false },
  optional: { when: 'manual', allow_failure: true },
  bridge: { when: 'manual', allow_failure: false, trigger: { include: 'child' } },
  'plain bridge': { trigger: { include: 'child', strategy: 'depend' } },
} as const;

type Kind = keyof typeof kinds;

const stages = ['one', 'two', 'three'];
const names = ['a', 'b', 'c', 'd', 'e', 'f'];

const anyKind = fc.constantFrom<Kind>(
  'plain',
  'may fail',
  'delayed',
  'required',
  'required',
  'required',
  'optional',
  'bridge',
  'plain bridge',
);
/** Null: a job waits for the stages before it; else for these of the jobs before it. */
const anyNeeds = fc.oneof(fc.constant(null), fc.constant(null), fc.subarray([...names.keys()]));

const anyCi = fc
  .array(fc.record({ kind: anyKind, needs: anyNeeds }), { minLength: 1, maxLength: names.length })
  .map((jobs) =>
    Object.fromEntries(
      jobs.map(({ kind, needs }, index) => [
        names[index] ?? '',
        {
          stage: stages[Math.floor(index / 2)],
          ...('trigger' in kinds[kind] ? {} : { script: 'make' }),
          ...kinds[kind],
          ...(needs === null
            ? {}
            : { needs: needs.filter((need) => need < index).map((need) => names[need]) }),
        },
      ]),
    ),
  );

type Step =
  | { readonly what: 'move'; readonly event: JobEvent; readonly job: number }
  | { readonly what: 'hook' | 'slow hook' | 'kept hook' | 'late hook' | 'sweep' | 'restart' | 'cancel' };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('move'),
      event: fc.constantFrom<JobEvent>(
        'run',
        'success',
        'success',
        'success',
        'drop',
        'cancel',
        'enqueue',
        'play',
        'play',
        'retry',
      ),
      job: fc.nat({ max: names.length - 1 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constantFrom('hook', 'hook', 'slow hook', 'slow hook', 'kept hook', 'late hook', 'sweep'),
    }),
  },
  fc.record({ what: fc.constantFrom('restart', 'restart', 'cancel') }),
);

/** From which statuses GitLab lets a job move so. */
const from: Partial<Record<JobEvent, readonly string[]>> = {
  run: ['pending'],
  success: ['pending', 'running'],
  drop: ['pending', 'running'],
  cancel: ['pending', 'running', 'scheduled'],
  enqueue: ['scheduled'],
  play: ['manual', 'scheduled'],
  retry: ['success', 'failed', 'canceled'],
};

const latest = ({ jobs }: PipelineView): readonly JobView[] => jobs.filter(({ retried }) => !retried);

const underWay = [
  'pending',
  'running',
  'preparing',
  'scheduled',
  'canceling',
  'waiting_for_resource',
  'waiting_for_callback',
];

/** What is wrong with playing a job in this pipeline, where these were played for the same trigger. */
function wrongs(pipeline: PipelineView, ownIds: ReadonlySet<number>): readonly string[] {
  const jobs = latest(pipeline);
  const moving = jobs.filter(({ id, status }) => underWay.includes(status) && !ownIds.has(id));
  const lost = jobs.filter(
    ({ status, allowFailure }) => !allowFailure && ['failed', 'canceled'].includes(status),
  );
  return [...moving, ...lost].map(({ name, status }) => `${name} is ${status}`);
}

/** A service in front of a pipeline of its own; what it plays is checked when GitLab is asked. */
async function begin(ci: object, request: { onManual: OnManual; jobs: readonly string[] | null }) {
  const outside = createOutside([
    {
      id: 7,
      path: 'group/any',
      ci: { stages, ...ci },
      includes: { child: { 'child-test': { script: 'make test' } } },
    },
  ]);
  const { gitlab } = outside;
  const early: string[] = [];
  const ownIds = new Set<number>();
  const parent = (): PipelineView | undefined => gitlab.pipelines()[0];
  const check = (execute: () => Promise<unknown>): Promise<unknown> => {
    const id = Number(gitlab.calls.at(-1)?.split(' ').at(-1));
    const pipeline = parent();
    if (pipeline !== undefined) early.push(...wrongs(pipeline, ownIds));
    ownIds.add(id);
    return execute();
  };
  gitlab.next('playJob', ...Array.from({ length: 100 }, () => check));
  let current = startEngine(outside);
  const id = await current.start({ project: 'group/any', deadlineSeconds: 10_000_000, ...request });
  return {
    outside,
    early,
    id,
    parent,
    current: () => current,
    restart: async () => {
      current.kill();
      current = startEngine(outside);
      await Promise.race([current.engine.sweep.resume(), settled()]);
      await settled();
    },
  };
}

test('nothing is played while another job of the pipeline is under way, nor after a required failure', async () => {
  let plays = 0;
  await fc.assert(
    fc.asyncProperty(
      anyCi,
      fc.option(fc.shuffledSubarray(names)),
      fc.array(anyStep, { maxLength: 30 }),
      async (ci, jobs, steps) => {
        const { outside, early, id, parent, current, restart } = await begin(ci, { onManual: 'play', jobs });
        const { clock, gitlab } = outside;
        const kept: Delivery[] = [];
        let ways: Held[] = [];
        const hook = (delivery: Delivery): Promise<unknown> =>
          Promise.race([current().deliver(delivery), settled()]);
        const hookNow = (): Delivery => gitlab.pipelineHook(parent()?.id);
        const sweep = async (): Promise<void> => {
          await clock.advance(quietMs);
          await Promise.race([current().engine.sweep.round(), settled()]);
        };
        const doers = {
          hook: () => hook(hookNow()),
          'slow hook': () => {
            const way = held('before');
            ways.push(way);
            gitlab.next('readPipeline', way.interception);
            return hook(hookNow());
          },
          'kept hook': () => Promise.resolve(kept.push(hookNow())),
          'late hook': () => Promise.all(kept.splice(0, 1).map(hook)),
          sweep,
          restart,
          cancel: () => current().engine.steer.cancel(id, 'ci'),
        };
        const move = (event: JobEvent, name: string): void => {
          const pipeline = parent();
          const job =
            pipeline === undefined ? undefined : latest(pipeline).find((each) => each.name === name);
          if (job?.kind === 'build' && from[event]?.includes(job.status) === true)
            gitlab.apply(event, [name], pipeline?.id);
        };
        for (const step of steps) {
          const before = ways;
          ways = [];
          if (step.what === 'move') move(step.event, names[step.job] ?? '');
          else await doers[step.what]();
          for (const way of before) way.release();
          await settled();
        }
        for (const way of ways) way.release();
        // From here on all goes well, until nothing moves any more.
        for (let round = 0; round < 10; round += 1) {
          await sweep();
          for (const pipeline of gitlab.pipelines().slice(1)) {
            for (const { name, status } of latest(pipeline))
              if (status === 'pending') gitlab.apply('success', [name], pipeline.id);
          }
          for (const name of names) for (const event of ['enqueue', 'success'] as const) move(event, name);
          await sweep();
        }
        expect(early).toEqual([]);
        expect((await current().find(id)).state.kind).toBe('finished');
        plays += current().count('playJob');
      },
    ),
    { numRuns: 600 },
  );
  // Else the test would show nothing.
  expect(plays).toBeGreaterThan(100);
});
