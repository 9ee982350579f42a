import { expect, test } from 'vitest';
import { systemClock } from '../../src/platform/clock.ts';
import { eventually } from '../support/eventually.ts';
import { startService } from '../support/start-service.ts';

const dayMs = 24 * 60 * 60 * 1000;

test('a hook that is resent days later, when the pipeline runs again, is known or else looked into', async () => {
  let passedMs = 0;
  const since = performance.now();
  const now = (): number => Math.round(Date.UTC(2026, 0, 1) + passedMs + performance.now() - since);
  const { simulator, service, call, trigger, pipelineOf, finished, stop } = await startService({
    clock: { ...systemClock, now },
    gitlab: { now },
  });
  try {
    // The first end of the pipeline is reported twice, with 40 days between.
    const failed = { event: 'Pipeline Hook', status: 'failed' } as const;
    simulator.faults.hooks.push({ kind: 'resend', ms: 40 * dayMs, match: failed, times: 1 });
    const { id } = await trigger({ project: 'group/app', ref: 'main', deadlineSeconds: 100 * 86_400 });
    const pipelineId = await pipelineOf(id);
    simulator.apply(pipelineId, 'drop', ['build']);
    expect(await finished(id)).toMatchObject({ outcome: 'failed' });
    expect((await call('POST', `/v1/triggers/${id}/retry`)).status).toBe(202);
    await eventually(() => expect(simulator.pipeline(pipelineId).status).toBe('running'));

    // By then retention has taken the first delivery from the inbox: it counts as a new one.
    passedMs = 40 * dayMs;
    await service.store.prune(now() - dayMs, now());
    await eventually(() =>
      expect(simulator.deliveries.filter(({ fault }) => fault === 'resend')).toMatchObject([
        { status: 202 },
        { status: 202 },
      ]),
    );
    const [first, again] = simulator.deliveries.filter(({ fault }) => fault === 'resend');
    expect([again?.key, again?.body]).toEqual([first?.key, first?.body]);
    for (const job of ['build', 'unit']) simulator.apply(pipelineId, 'success', [job]);
    expect(await finished(id)).toMatchObject({ outcome: 'success', pipelineId });
  } finally {
    await stop();
  }
});
