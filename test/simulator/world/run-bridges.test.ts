import { describe, expect, test } from 'vitest';
import type { PipelineView } from '../../../simulator/view.ts';
import { createPipeline, scenarioOf, start } from '../start.ts';

const script = 'true';

async function startParent(strategy: 'depend' | 'mirror' | undefined, childJob: object = { script }) {
  const trigger = { include: 'child.yml', ...(strategy === undefined ? {} : { strategy }) };
  const ci = { bridge: { stage: 'build', trigger }, after: { stage: 'deploy', script } };
  const simulator = await start(scenarioOf({ ci, includes: { 'child.yml': { job: childJob } } }));
  const parent = await createPipeline(simulator);
  const child = simulator.pipeline(parent).jobs[0]?.downstreamId ?? 0;
  return { simulator, parent, child };
}

function statusOf(view: PipelineView, name: string): string | undefined {
  return view.jobs.findLast((job) => job.name === name)?.status;
}

describe('a bridge', () => {
  test('without a strategy succeeds as soon as the child is made', async () => {
    const { simulator, parent } = await startParent(undefined);
    expect(statusOf(simulator.pipeline(parent), 'bridge')).toBe('success');
  });

  test.each(['depend', 'mirror'] as const)(
    'with %s waits for the child and fails with it',
    async (strategy) => {
      const { simulator, parent, child } = await startParent(strategy);
      simulator.apply(child, 'run', ['job']);
      expect(statusOf(simulator.pipeline(parent), 'bridge')).toBe('running');
      simulator.apply(child, 'drop', ['job']);
      expect(simulator.pipeline(parent).status).toBe('failed');
      simulator.apply(child, 'retry', ['job']);
      expect(simulator.pipeline(parent).status).toBe('running');
      expect(statusOf(simulator.pipeline(parent), 'after')).toBe('created');
      simulator.apply(child, 'success', ['job']);
      expect(statusOf(simulator.pipeline(parent), 'after')).toBe('pending');
    },
  );

  test('runs while the child waits for a manual job; with mirror it shows that', async () => {
    const manual = { script, when: 'manual', allow_failure: false };
    const depending = await startParent('depend', manual);
    expect(statusOf(depending.simulator.pipeline(depending.parent), 'bridge')).toBe('running');
    const mirroring = await startParent('mirror', manual);
    expect(mirroring.simulator.pipeline(mirroring.parent).status).toBe('manual');
  });

  test.each(['depend', 'mirror'] as const)(
    'with %s fails where its child is skipped, having optional manual jobs alone',
    async (strategy) => {
      const { simulator, parent, child } = await startParent(strategy, { script, when: 'manual' });
      expect(simulator.pipeline(child).status).toBe('skipped');
      expect(statusOf(simulator.pipeline(parent), 'bridge')).toBe('failed');
    },
  );

  test('takes its child along when it is canceled', async () => {
    const { simulator, parent, child } = await startParent('depend');
    simulator.apply(parent, 'cancel');
    expect(simulator.pipeline(child).status).toBe('canceled');
    expect(simulator.pipeline(parent).status).toBe('canceled');
  });

  test('fails when its child cannot be made', async () => {
    const ci = { bridge: { trigger: { include: 'missing.yml' } } };
    const simulator = await start(scenarioOf({ ci }));
    const parent = await createPipeline(simulator);
    expect(simulator.pipeline(parent)).toMatchObject({
      status: 'failed',
      jobs: [{ failureReason: 'downstream_pipeline_creation_failed' }],
    });
  });

  test('starts the pipeline of another project, with its variables', async () => {
    const other = { id: 2, path: 'group/other', branches: ['dev'], ci: { a: { script } }, autoRun: false };
    const trigger = { project: 'group/other', branch: 'dev', strategy: 'depend' };
    const ci = { bridge: { trigger, variables: { K: 'v' } } };
    const simulator = await start(scenarioOf({ ci }, { projects: [other] }));
    const parent = await createPipeline(simulator);
    const [downstream] = simulator.pipelines('group/other');
    expect(downstream).toMatchObject({ ref: 'dev', source: 'pipeline', variables: { K: 'v' } });
    simulator.apply(downstream?.id ?? 0, 'success', ['a']);
    expect(simulator.pipeline(parent).status).toBe('success');
  });
});
