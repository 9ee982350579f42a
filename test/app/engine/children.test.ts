import { describe, expect, onTestFinished, test } from 'vitest';
import type { TriggerRequest } from '../../../src/domain/trigger/trigger.ts';
import type { ScenarioInput } from '../../../simulator/scenario.ts';
import { createOutside, quietMs, startEngine } from '../start-engine.ts';
import { settled } from '../../fakes/fake-clock.ts';

const script = 'make';
const gate = { script, when: 'manual', allow_failure: false };
const project = 'group/family';

type Job = Readonly<Record<string, unknown>>;

const bridge = (include: string, more: object = { strategy: 'depend' }): Job => ({
  stage: 'children',
  trigger: { include, ...more },
});

/** A project whose pipelines have these jobs, and these child pipelines to start. */
const familyOf = (ci: Job, includes: Readonly<Record<string, Job>>): ScenarioInput['projects'] => [
  { id: 20, path: project, ci: { stages: ['build', 'children', 'deploy'], ...ci }, includes },
  { id: 21, path: 'group/elsewhere', ci: { job: { script }, gate: { ...gate } } },
];

async function begin(
  ci: Job,
  includes: Readonly<Record<string, Job>>,
  request: Partial<TriggerRequest> = {},
  { hooks = true } = {},
) {
  const service = startEngine(createOutside(familyOf(ci, includes)));
  const { gitlab, clock, hook, find } = service;
  const id = await service.start({ project, ...request });
  const root = gitlab.pipelines()[0]?.id ?? 0;
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  void service.engine.sweep.run(stopping.signal);
  /** Whatever is known of GitLab's pipelines comes by hooks, and what follows is waited for. */
  const tell = async (): Promise<void> => {
    if (hooks) for (const pipeline of gitlab.pipelines()) await hook(pipeline.id);
    await clock.advance(500);
    await settled();
  };
  const view = async () => {
    const trigger = await find(id);
    return { trigger, children: trigger.children ?? [], played: trigger.played.map(({ name }) => name) };
  };
  await tell();
  return { ...service, id, root, tell, view, childOf: (at = 1) => gitlab.pipelines()[at]?.id ?? 0 };
}

const idsOf = (pipelines: readonly { readonly id: number }[]): readonly number[] =>
  pipelines.map(({ id }) => id);

describe('a child pipeline that holds its parent up', () => {
  test.each(['depend', 'mirror'])(
    'is known by its hook, by the name of its bridge (%s)',
    async (strategy) => {
      const { view, childOf, root } = await begin(
        { child: bridge('c', { strategy }) },
        { c: { test: { script } } },
      );
      expect((await view()).children).toMatchObject([
        { id: childOf(), parentId: root, bridge: { name: 'child' }, holds: true, status: 'pending' },
      ]);
    },
  );

  test.each(['depend', 'mirror'])(
    'that waits for a manual job ends the trigger as manual (%s)',
    async (strategy) => {
      const { outcomeOf, view, id } = await begin(
        { child: bridge('c', { strategy }) },
        { c: { ship: gate } },
      );
      expect(await outcomeOf(id)).toBe('manual');
      expect((await view()).trigger.state).toMatchObject({
        reason: 'waiting for manual jobs: ship in child pipelines: child',
      });
    },
  );

  test.each(['depend', 'mirror'])('has its manual job played (%s)', async (strategy) => {
    const family = await begin(
      { child: bridge('c', { strategy }) },
      { c: { ship: gate } },
      { onManual: 'play' },
    );
    const { gitlab, view, childOf, tell, outcomeOf, id } = family;
    expect((await view()).trigger.played).toMatchObject([
      { name: 'ship', progress: 'played', pipelineId: childOf() },
    ]);
    gitlab.apply('success', ['ship'], childOf());
    await tell();
    expect(await outcomeOf(id)).toBe('success');
    expect(family.count('playJob')).toBe(1);
  });

  test('lets manual jobs pass by the rules', async () => {
    const { outcomeOf, id } = await begin(
      { child: bridge('c') },
      { c: { ship: gate } },
      { onManual: 'pass' },
    );
    expect(await outcomeOf(id)).toBe('manual_passed');
  });

  test('stands still by its own status while its parent runs a job', async () => {
    const ci = { slow: { stage: 'children', script }, child: bridge('c') };
    const { view } = await begin(ci, { c: { ship: gate } }, { onManual: 'play' });
    expect((await view()).played).toEqual(['ship']);
  });

  test('that runs has nothing played', async () => {
    const { view, count } = await begin(
      { child: bridge('c') },
      { c: { test: { script }, ship: { ...gate } } },
      { onManual: 'play' },
    );
    expect((await view()).played).toEqual([]);
    expect(count('playJob')).toBe(0);
  });

  test('and has failed keeps everything else from being played', async () => {
    const ci = { one: bridge('c'), two: bridge('d') };
    const family = await begin(
      ci,
      { c: { test: { script } }, d: { test: { script }, ship: { ...gate, stage: 'deploy' } } },
      {
        onManual: 'play',
      },
    );
    const { gitlab, childOf, tell, count, outcomeOf, id, view } = family;
    gitlab.apply('drop', ['test'], childOf(1));
    gitlab.apply('success', ['test'], childOf(2));
    await tell();
    expect(count('playJob')).toBe(0);
    expect(await outcomeOf(id)).toBe('failed');
    const { state } = (await view()).trigger;
    expect(state.kind === 'finished' && state.failedJobs).toMatchObject([
      { name: 'one' },
      { name: 'test', pipelineId: childOf(1) },
    ]);
  });

  test('may fail where its bridge may: others are played all the same', async () => {
    const ci = { one: { ...bridge('c'), allow_failure: true }, two: bridge('d') };
    const { gitlab, childOf, tell, view } = await begin(
      ci,
      { c: { test: { script } }, d: { test: { script }, ship: { ...gate, stage: 'deploy' } } },
      { onManual: 'play' },
    );
    gitlab.apply('drop', ['test'], childOf(1));
    gitlab.apply('success', ['test'], childOf(2));
    await tell();
    expect((await view()).played).toEqual(['ship']);
  });
});

describe('down to a depth of two', () => {
  const includes = { c: { inner: { trigger: { include: 'd', strategy: 'depend' } } }, d: { ship: gate } };

  test('manual jobs of grandchildren are played', async () => {
    const { view, tell, gitlab } = await begin({ child: bridge('c') }, includes, { onManual: 'play' });
    await tell();
    expect((await view()).children).toMatchObject([
      { bridge: { name: 'child' } },
      { bridge: { name: 'inner' } },
    ]);
    expect((await view()).played).toEqual(['ship']);
    expect(gitlab.pipelines()).toHaveLength(3);
  });

  test('without hooks, too', async () => {
    const { view, clock } = await begin(
      { child: bridge('c') },
      includes,
      { onManual: 'play' },
      { hooks: false },
    );
    await clock.advance(3 * quietMs);
    expect((await view()).played).toEqual(['ship']);
  });
});

test('jobs of a child pipeline that were seen before its end do not hold the trigger up', async () => {
  const request = { onManual: 'play', deadlineSeconds: 10_000_000 } as const;
  const family = await begin(
    { optional: { stage: 'build', script, when: 'manual' }, child: bridge('c') },
    {
      c: { inner: { trigger: { include: 'd', strategy: 'depend' } } },
      d: { gate, test: { script } },
    },
    request,
    { hooks: false },
  );
  const { clock, gitlab, childOf, outcomeOf, id } = family;
  await clock.advance(quietMs);
  gitlab.apply('play', ['gate'], childOf(2));
  gitlab.apply('success', ['gate', 'test'], childOf(2));
  await clock.advance(3 * quietMs);
  expect(await outcomeOf(id)).toBe('success');
});

describe('a child pipeline that does not hold its parent up', () => {
  test('is shown, and nothing is played or waited for in it', async () => {
    const { gitlab, view, childOf, tell, outcomeOf, id, count, root } = await begin(
      { slow: { stage: 'children', script }, child: bridge('c', {}) },
      { c: { ship: gate } },
      { onManual: 'play' },
    );
    expect(idsOf((await view()).children)).toEqual([childOf()]);
    expect((await view()).children).toMatchObject([{ holds: false, status: 'manual' }]);
    gitlab.apply('success', ['slow'], root);
    await tell();
    expect(await outcomeOf(id)).toBe('success');
    expect(count('playJob')).toBe(0);
  });
});

describe('a bridge', () => {
  test('that is manual is played, and one that mirrors is not', async () => {
    const ci = { child: { ...bridge('c', { strategy: 'mirror' }), when: 'manual', allow_failure: false } };
    const { view, gitlab, tell, count, childOf } = await begin(
      ci,
      { c: { ship: gate } },
      { onManual: 'play' },
    );
    await tell();
    expect((await view()).played).toEqual(['child', 'ship']);
    gitlab.apply('success', ['ship'], childOf());
    await tell();
    expect(count('playJob')).toBe(2);
  });

  test('that is run again starts another pipeline, which takes the place of the first', async () => {
    const { gitlab, view, childOf, tell, engine, id, root } = await begin(
      { child: bridge('c'), slow: { stage: 'children', script } },
      { c: { test: { script } } },
    );
    const before = childOf();
    gitlab.apply('drop', ['test'], before);
    await tell();
    gitlab.apply('retry', ['child'], root);
    await tell();
    const latest = gitlab.pipelines().at(-1)?.id ?? 0;
    expect(latest).not.toBe(before);
    expect(idsOf((await view()).children)).toEqual([latest]);
    expect(await engine.steer.reconcile(id)).toMatchObject({ state: { kind: 'running' } });
  });
});

describe('a pipeline that was started in another project', () => {
  const ci = { other: bridge('', {}), build: { stage: 'build', script } };
  const other = { stage: 'children', trigger: { project: 'group/elsewhere', strategy: 'depend' } };

  test.each([
    ['anywhere', undefined, ['gate']],
    ['there', ['group/*'], ['gate']],
    ['elsewhere', ['group/family'], []],
  ])('has its jobs played for one who may trigger %s', async (_where, playsIn, played) => {
    const request = { onManual: 'play', ...(playsIn === undefined ? {} : { playsIn }) } as const;
    const family = await begin({ ...ci, other }, {}, request);
    const { gitlab, tell, view, childOf, clock, root } = family;
    gitlab.apply('success', ['build'], root);
    await tell();
    gitlab.apply('success', ['job'], childOf());
    await clock.advance(2 * quietMs);
    expect((await view()).children).toMatchObject([
      { projectId: 21, status: played.length > 0 ? 'running' : 'manual' },
    ]);
    expect((await view()).played).toEqual(played);
    expect((await view()).trigger.state).toMatchObject(
      played.length > 0
        ? { kind: 'running' }
        : { outcome: 'manual', reason: expect.stringContaining('may not trigger') as string },
    );
  });
});

describe('canceling', () => {
  test('cancels the children, and counts as done where one is left manual', async () => {
    const ci = { child: bridge('c') };
    const family = await begin(ci, { c: { test: { script }, ship: { ...gate } } });
    const { engine, id, tell, gitlab, outcomeOf } = family;
    await engine.steer.cancel(id, 'somebody');
    await tell();
    expect(gitlab.pipelines().map(({ status }) => status)).not.toContain('running');
    expect(await outcomeOf(id)).toBe('canceled');
  });
});
