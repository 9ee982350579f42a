import { expect, onTestFinished, test } from 'vitest';
import type { TriggerView } from '../../src/api/trigger-view.ts';
import { createRandom } from '../../simulator/faults/random.ts';
import { addProcess } from '../support/add-process.ts';
import { send } from '../support/call.ts';
import { eventually } from '../support/eventually.ts';
import type { Installation } from '../support/service-process.ts';
import { install } from '../support/service-process.ts';
import { startBalancer } from '../support/start-balancer.ts';
import { adminToken, hookTo } from '../support/start-service.ts';
import { askOn } from './kill/support/ask-on.ts';
import { kinds, scenario } from './kill/support/kinds.ts';
import { signingToken, writeHooks } from './kill/support/write-hooks.ts';

test('a second process stands by: it answers, and tells those who wait what the first one found', async () => {
  const installation = await install({ env: { SWEEP_SECONDS: '3600' } }, onTestFinished);
  const { simulator, trigger, pipelineOf } = installation;
  const second = await addProcess(installation);
  await eventually(() => expect(second.log()).toContain('standing by'));
  const { id } = await trigger({ project: 'group/app', ref: 'main' });
  const pipelineId = await pipelineOf(id);
  const waiting = second.call('GET', `/v1/triggers/${id}/wait?wait=50`);
  await eventually(async () => {
    const { waiters } = (await second.call('GET', `/v1/triggers/${id}`)).json as TriggerView;
    expect(waiters).toBe(1);
  });
  // Its hooks go to the first.
  for (const job of ['build', 'unit'])
    for (const event of ['run', 'success'] as const) simulator.apply(pipelineId, event, [job]);
  expect((await waiting).headers.get('pipeline-trigger-outcome')).toBe('success');
  expect(second.log()).not.toContain('taking over');
});

test(
  'a stop under load, with a second process behind the same proxy, refuses no hook and fails no wait',
  { timeout: 300_000 },
  async () => {
    const env = { SWEEP_SECONDS: '60', WEBHOOK_SIGNING_TOKEN: signingToken };
    const installation = await install({ scenario, env, hooks: false }, onTestFinished);
    const { simulator, service } = installation;
    const second = await addProcess(installation);
    const { url } = await startBalancer([installation.url, second.url]);
    for (const { id } of scenario.projects) simulator.addHook(id, hookTo(url));
    const call: Installation['call'] = (method, path, options) =>
      send(`${url}${path}`, method, { token: adminToken, ...options });

    const writing = writeHooks(url);
    const asking = askOn({ call }, createRandom(1));
    await eventually(() => expect(writing.acknowledged.size).toBeGreaterThan(500), 90_000);
    const { code, ms } = await service.end('SIGTERM');
    expect(code).toBe(0);
    expect(ms).toBeLessThan(15_000);
    await eventually(() => expect(second.log()).toContain('taking over'));
    const before = writing.acknowledged.size;
    await eventually(() => expect(writing.acknowledged.size).toBeGreaterThan(before + 500), 90_000);
    await writing.stop();
    const verdicts = await asking.stop();

    expect({ strange: writing.strange, unanswered: writing.unanswered() }).toEqual({
      strange: [],
      unanswered: 0,
    });
    expect(verdicts.length).toBeGreaterThan(kinds.length);
    for (const { kind, outcome } of verdicts) expect(outcome).toBe(kind.outcome);
    const made = scenario.projects.flatMap(({ path }) => simulator.pipelines(path));
    expect(made).toHaveLength(verdicts.length);
  },
);
