import { afterAll, describe, expect, test } from 'vitest';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { startTrigger } from '../cli/trigger/support/start-trigger.ts';
import { eventually } from '../support/eventually.ts';
import { apiToken } from '../support/scenario.ts';
import { install } from '../support/service-process.ts';
import { adminToken } from '../support/start-service.ts';

/** Nothing moves by itself but the trigger jobs, so everything runs until it is canceled. */
const scenario: ScenarioInput = {
  users: [{ username: 'root', token: apiToken, admin: true }],
  projects: [
    {
      id: 1,
      path: 'group/upstream',
      ci: { release: { script: 'trigger' }, other: { script: 'make' } },
      autoRun: false,
    },
    {
      id: 2,
      path: 'group/downstream',
      ci: {
        build: { script: 'make' },
        child: { trigger: { include: 'child', strategy: 'depend' } },
      },
      includes: {
        child: { 'child-build': { script: 'make' }, grandchild: { trigger: { include: 'grandchild' } } },
        grandchild: { 'grandchild-build': { script: 'make' } },
      },
      autoRun: false,
    },
  ],
};

describe('cancelWithUpstream', async () => {
  const { url, simulator, trigger, finished, pipelineOf, show } = await install({ scenario }, afterAll);

  async function startUpstream() {
    const answer = await fetch(`${simulator.url}/api/v4/projects/1/pipeline?ref=main`, {
      method: 'POST',
      headers: { 'private-token': apiToken },
    });
    const { id } = (await answer.json()) as { id: number };
    const release = simulator.pipeline(id).jobs.find(({ name }) => name === 'release');
    return { pipelineId: id, jobId: release?.id ?? 0 };
  }

  /** The states of a pipeline and of all that it started, as GitLab has them. */
  function familyOf(id: number): readonly string[] {
    const { status, jobs } = simulator.pipeline(id);
    const children = jobs.flatMap(({ downstreamId }) => (downstreamId === null ? [] : [downstreamId]));
    return [status, ...children.flatMap(familyOf)];
  }

  const begin = async (cancelWithUpstream: boolean) => {
    const upstream = { project: 'group/upstream', ...(await startUpstream()) };
    const request = { project: 'group/downstream', ref: 'main', upstream, cancelWithUpstream };
    const { id } = await trigger(request);
    const downstream = await pipelineOf(id);
    await eventually(() => expect(familyOf(downstream)).toHaveLength(3));
    return { id, upstream, downstream };
  };

  const canceled = { outcome: 'canceled', reason: 'the upstream pipeline was canceled' };

  test('the upstream pipeline is canceled: so is the downstream one, with its children', async () => {
    const { id, upstream, downstream } = await begin(true);
    simulator.apply(upstream.pipelineId, 'cancel');
    expect(await finished(id)).toMatchObject({ ...canceled, pipelineStatus: 'canceled' });
    expect(familyOf(downstream)).toEqual(['canceled', 'canceled', 'canceled']);
  });

  test('only the job that waits is canceled', async () => {
    const { id, upstream, downstream } = await begin(true);
    simulator.apply(upstream.pipelineId, 'cancel', ['other']);
    simulator.apply(upstream.pipelineId, 'cancel', ['release']);
    expect(await finished(id)).toMatchObject(canceled);
    expect(familyOf(downstream)).toEqual(['canceled', 'canceled', 'canceled']);
  });

  test('another job of the pipeline is canceled: that is none of ours', async () => {
    const { id, upstream, downstream } = await begin(true);
    const before = simulator.deliveries.length;
    simulator.apply(upstream.pipelineId, 'cancel', ['other']);
    await eventually(() => expect(simulator.deliveries.length).toBeGreaterThan(before));
    simulator.apply(downstream, 'run', ['build']);
    await eventually(async () => expect(await show(id)).toMatchObject({ pipelineStatus: 'running' }));
    expect(familyOf(downstream)).not.toContain('canceled');
  });

  test('it was not asked for: the downstream pipeline goes on', async () => {
    const { id, upstream, downstream } = await begin(false);
    simulator.apply(upstream.pipelineId, 'cancel');
    simulator.apply(downstream, 'run', ['build']);
    await eventually(async () => expect(await show(id)).toMatchObject({ pipelineStatus: 'running' }));
    expect(familyOf(downstream)).not.toContain('canceled');
  });

  test('a pipeline that two jobs wait for is canceled with the second of them', async () => {
    const { id, upstream, downstream } = await begin(true);
    simulator.apply(downstream, 'drop', ['build']);
    const other = await startUpstream();
    const second = await trigger({
      project: 'group/downstream',
      ref: 'main',
      pipelineId: downstream,
      upstream: { project: 'group/upstream', ...other },
      cancelWithUpstream: true,
    });
    await pipelineOf(second.id);
    simulator.apply(upstream.pipelineId, 'cancel');
    expect(await finished(id)).toMatchObject({
      outcome: 'canceled',
      reason: expect.stringContaining('the pipeline goes on') as string,
    });
    expect(familyOf(downstream)[0]).toBe('running');
    simulator.apply(other.pipelineId, 'cancel');
    expect(await finished(second.id)).toMatchObject(canceled);
    expect(familyOf(downstream)).toEqual(['canceled', 'canceled', 'canceled']);
  });

  test('the job is canceled so hard that `trigger` could do nothing about it', async () => {
    const upstream = await startUpstream();
    const running = startTrigger(['-t', 'main', '--cancel-on-interrupt', '2'], {
      PIPELINE_TRIGGER_URL: url,
      PIPELINE_TRIGGER_TOKEN: adminToken,
      CI_PROJECT_ID: '1',
      CI_PROJECT_PATH: 'group/upstream',
      CI_PIPELINE_ID: String(upstream.pipelineId),
      CI_JOB_ID: String(upstream.jobId),
    });
    const downstream = await eventually(() => {
      const [, id] = /Waiting for pipeline (\d+) to finish/.exec(running.stdout()) ?? [];
      if (id === undefined) throw new Error('not yet');
      return Number(id);
    });
    await eventually(() => expect(familyOf(downstream)).toHaveLength(3));
    running.kill('SIGKILL');
    await running.ended;
    simulator.apply(upstream.pipelineId, 'cancel');
    await eventually(() => expect(familyOf(downstream)).toEqual(['canceled', 'canceled', 'canceled']));
  });
});
