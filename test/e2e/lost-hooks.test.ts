import { afterAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { apiToken } from '../support/scenario.ts';
import { install } from '../support/service-process.ts';
import { faultPlans } from '../support/fault-injection.ts';

describe.each(faultPlans)('$name, without a single hook', async ({ begin }) => {
  const { simulator, trigger, finished, pipelineOf, call } = await begin({ hooks: false }, afterAll);

  test('every outcome comes with the sweep', async () => {
    const requests = [
      { project: 'group/green', ref: 'main' },
      { project: 'group/failing', ref: 'main' },
      { project: 'group/manual', ref: 'main' },
      { project: 'group/manual', ref: 'main', onManual: 'play' },
      { project: 'group/skipped', ref: 'main' },
    ];
    const triggers = await Promise.all(requests.map(trigger));
    const outcomes = await Promise.all(triggers.map(async ({ id }) => (await finished(id)).outcome));
    expect(outcomes).toEqual(['success', 'failed', 'manual', 'success', 'skipped']);
    expect(simulator.deliveries).toEqual([]);
  });

  // GitLab has to say so twice, 30 s apart.
  test('a pipeline that GitLab forgot ends its trigger', { timeout: 300_000 }, async () => {
    const { id } = await trigger({ project: 'group/app', ref: 'main' });
    const pipelineId = await pipelineOf(id);
    const gone = await fetch(`${simulator.url}/api/v4/projects/1/pipelines/${pipelineId}`, {
      method: 'DELETE',
      headers: { 'private-token': apiToken },
    });
    expect(gone.status).toBe(204);
    const isGone = { outcome: 'error', reason: 'the pipeline is gone: GitLab answers 404' };
    await eventually(
      async () => expect((await call('GET', `/v1/triggers/${id}`)).json).toMatchObject(isGone),
      100_000,
    );
  });
});

/** The projects whose pipelines go each their own way, and how they end when manual jobs are played. */
const outcomeOf = { 'group/green': 'success', 'group/failing': 'failed', 'group/manual': 'success' };

describe('hooks that get lost', async () => {
  const { simulator, trigger, finished } = await install({}, afterAll);

  /** Triggers of all kinds end as they should; the simulator's hooks are as they were before. */
  async function expectAllToEnd(): Promise<void> {
    const wanted = Object.entries(outcomeOf).flatMap((each) => [each, each, each]);
    const ended = await Promise.all(
      wanted.map(async ([project]) => {
        const { id } = await trigger({ project, ref: 'main', onManual: 'play' });
        return [project, (await finished(id)).outcome];
      }),
    );
    simulator.faults.hooks.splice(0);
    expect(ended).toEqual(wanted);
  }

  test.each([0.01, 0.3, 1])('%d of them: every outcome comes all the same', async (probability) => {
    simulator.faults.hooks.push({ kind: 'drop', probability });
    await expectAllToEnd();
  });

  test('since GitLab has disabled the hook: every outcome comes all the same', async () => {
    simulator.faults.hooks.push({ kind: 'fail' });
    await expectAllToEnd();
    expect(await hooksOf('group/green')).toMatchObject([{ alert_status: 'temporarily_disabled' }]);
    await expectAllToEnd();
  });

  async function hooksOf(project: string): Promise<unknown> {
    const address = `${simulator.url}/api/v4/projects/${encodeURIComponent(project)}/hooks`;
    return (await fetch(address, { headers: { 'private-token': apiToken } })).json();
  }
});

describe('with trouble on the way', async () => {
  const { simulator, trigger, finished, show } = await install({}, afterAll);

  test('a trigger waits until GitLab is back', async () => {
    simulator.faults.api.push({ kind: 'status', status: 503 });
    const { id } = await trigger({ project: 'group/green', ref: 'main' });
    await eventually(async () =>
      expect(await show(id)).toMatchObject({ state: 'pending', reason: 'GitLab answers 503' }),
    );
    simulator.faults.api.splice(0);
    expect(await finished(id)).toMatchObject({ outcome: 'success', reason: null });
    expect(simulator.pipelines('group/green')).toHaveLength(1);
  });

  test('hooks that are lost, late, doubled and broken change no outcome', async () => {
    simulator.faults.hooks.push(
      { kind: 'drop', probability: 0.3 },
      { kind: 'duplicate', probability: 0.2 },
      { kind: 'delay', ms: 200, probability: 0.2 },
      { kind: 'reorder', probability: 0.2 },
      { kind: 'corrupt', probability: 0.1 },
    );
    const outcomeOf = { 'group/flaky': 'failed', 'group/failing': 'failed', 'group/manual': 'success' };
    const wanted = Object.entries(outcomeOf).flatMap((each) => [each, each, each, each]);
    const ended = await Promise.all(
      wanted.map(async ([project]) => {
        const { id } = await trigger({ project, ref: 'main', onManual: 'play' });
        return [project, (await finished(id)).outcome];
      }),
    );
    expect(ended).toEqual(wanted);
    for (const project of Object.keys(outcomeOf)) expect(simulator.pipelines(project)).toHaveLength(4);
    for (const { jobs } of simulator.pipelines('group/manual'))
      expect(jobs.filter(({ name }) => name === 'deploy')).toHaveLength(1);
  });
});
