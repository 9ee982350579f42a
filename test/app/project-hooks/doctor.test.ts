import { describe, expect, test } from 'vitest';
import { createDoctor } from '../../../src/app/project-hooks/doctor.ts';
import type { HookFindingCode } from '../../../src/domain/project-hooks/finding.ts';
import { hookFinding } from '../../../src/domain/project-hooks/finding.ts';
import type { HookId } from '../../../src/domain/project-hooks/project-hook.ts';
import type { DeliveryId } from '../../../src/domain/ids.ts';
import { failing } from '../../fakes/intercept.ts';
import { refusal } from '../../fakes/failures.ts';
import { actor, app, payloadOf, startHooks } from './start-hooks.ts';

const fix = { url: null, from: null, fix: true, everything: false };

async function withFailures(count: number, awaited: readonly number[]) {
  const world = startHooks();
  const id = await world.install();
  for (let pipelineId = 1; pipelineId <= count; pipelineId += 1)
    world.gitlab.fail(id, `dlv_${pipelineId}` as DeliveryId, payloadOf(pipelineId));
  for (const pipelineId of awaited) await world.wait(app, pipelineId);
  const resent = () => world.gitlab.calls.filter((call) => call.startsWith('resend')).length;
  return {
    ...world,
    resent,
    doctor: (options = {}) => world.operations.doctor(actor, app, { ...fix, ...options }),
  };
}

test('what triggers wait for is sent again in several goes, five a minute', async () => {
  const { doctor, resent, clock } = await withFailures(12, [1, 2, 3, 4, 5, 6, 7, 8]);
  const first = await doctor();
  expect(first.resent).toMatchObject({ arrived: 5, refused: [], retryAfterMs: 60_000 });
  expect(first.findings).toMatchObject([
    {
      code: 'deliveries_missed',
      text: '3 deliveries that triggers wait for failed, the last with internal error',
    },
    { code: 'failing_deliveries' },
  ]);
  expect((await doctor()).resent).toMatchObject({ arrived: 0, retryAfterMs: 60_000 });
  expect(resent()).toBe(5);
  await clock.advance(60_000);
  // The limit leaves room for two more, which nobody waits for.
  expect((await doctor()).resent).toMatchObject({ arrived: 5, retryAfterMs: null });
  expect(resent()).toBe(10);
});

test('what nobody waits for only where it costs no time, unless asked for', async () => {
  const { doctor, clock } = await withFailures(7, []);
  expect((await doctor()).resent).toMatchObject({ arrived: 5, retryAfterMs: null });
  await clock.advance(60_000);
  expect(await doctor({ everything: true })).toMatchObject({ findings: [], resent: { arrived: 2 } });
});

test('nothing is sent again while the receiver does not take a test', async () => {
  const { doctor, gitlab, resent } = await withFailures(2, [1]);
  gitlab.setReachable(false);
  expect(await doctor()).toMatchObject({ resent: null, ensured: { test: { outcome: 'failed' } } });
  expect(resent()).toBe(0);
});

test('a delivery that GitLab refuses to resend is reported with GitLab’s message', async () => {
  const { doctor, gitlab } = await withFailures(1, [1]);
  gitlab.next('resend', failing(refusal('The hook URL has changed')));
  expect((await doctor()).resent).toMatchObject({ arrived: 0, refused: ['The hook URL has changed'] });
});

test.each([
  [199, 0, ['answered 199']],
  [200, 1, []],
  [299, 1, []],
  [300, 0, ['answered 300']],
])('a delivery sent again that is answered %i has arrived or not', async (status, arrived, refused) => {
  const { doctor, gitlab } = await withFailures(1, [1]);
  gitlab.next('resend', () => Promise.resolve(status));
  expect((await doctor()).resent).toMatchObject({ arrived, refused });
});

test('what was repaired is what was found and is not any more: of this kind and of this hook', async () => {
  const finding = (code: HookFindingCode, hookId: number) => hookFinding(code, hookId as HookId, 'text');
  const looks = [
    [
      finding('duplicate', 2),
      finding('duplicate', 3),
      finding('no_secret', 1),
      finding('tls_not_verified', 1),
    ],
    [finding('duplicate', 3), finding('tls_not_verified', 1)],
  ];
  const removed: number[] = [];
  const doctor = createDoctor({
    look: () => Promise.resolve({ findings: looks.shift() ?? [], hook: null, isOfGroup: false } as never),
    ensure: () => Promise.resolve({ test: { outcome: 'passed', words: null } } as never),
    missedDeliveries: {} as never,
    gitlab: () => ({
      removeHook: (_project, id) => {
        removed.push(id);
        return Promise.resolve();
      },
    }),
    audit: { note: () => Promise.resolve() },
  });
  const { repaired, findings } = await doctor(actor, app, {} as never, { fix: true, everything: false });
  expect(repaired.map(({ code, hookId }) => [code, hookId])).toEqual([
    ['duplicate', 2],
    ['no_secret', 1],
  ]);
  expect(findings.map(({ code, hookId }) => [code, hookId])).toEqual([
    ['duplicate', 3],
    ['tls_not_verified', 1],
  ]);
  expect(removed).toEqual([2, 3]);
});

test.each([
  ['executable', 'unchanged'],
  ['disabled', 'repaired'],
  ['temporarily_disabled', 'repaired'],
] as const)('a hook that is %s and passes its test is %s', async (status, result) => {
  const world = startHooks();
  const id = await world.install();
  world.gitlab.set(id, { status });
  const as = { url: null, from: null, verifiesTls: null };
  expect(await world.operations.install(actor, app, as)).toMatchObject({ result, findings: [] });
  world.gitlab.set(id, { status });
  expect((await world.operations.doctor(actor, app, fix)).ensured?.result ?? 'unchanged').toBe(result);
});

test('a disabled hook that fails its test is changed and tested again', async () => {
  const world = startHooks();
  const id = await world.install();
  world.gitlab.set(id, { status: 'disabled' });
  world.gitlab.setReachable(false);
  const as = { url: null, from: null, verifiesTls: null };
  expect(await world.operations.install(actor, app, as)).toMatchObject({
    result: 'repaired',
    test: { outcome: 'failed' },
  });
});

describe('the secret of a hook', () => {
  const as = { url: null, from: null, verifiesTls: null };
  const sentBy = async (secret: string, options: Parameters<typeof startHooks>[0] = {}) => {
    const world = startHooks(options);
    const url = 'https://ci.example.com/webhooks/gitlab';
    const { id } = await world.gitlab.port.addHook(app, {
      url,
      secret,
      signingToken: null,
      verifiesTls: true,
    });
    const changes = () => world.gitlab.calls.filter((call) => call.startsWith('changeHook')).length;
    return { ...world, id, changes, install: () => world.operations.install(actor, app, as) };
  };

  test.each([['word'], ['old-1']])(
    'that is shared or old is changed by install, once: %s',
    async (secret) => {
      const { install, changes } = await sentBy(secret);
      expect(await install()).toMatchObject({ result: 'repaired', findings: [] });
      expect([(await install()).result, changes()]).toEqual(['unchanged', 1]);
    },
  );

  test('of the project is left as it is', async () => {
    const { install, changes } = await sentBy('own-1');
    expect([(await install()).result, changes()]).toEqual(['unchanged', 0]);
  });

  test('of which another process sees the deliveries is set anew', async () => {
    const { install, changes } = await sentBy('own-1', { reachesUs: false });
    expect([(await install()).result, changes()]).toEqual(['repaired', 1]);
  });

  test('is left alone by a doctor who has seen none of its deliveries', async () => {
    const { operations } = await sentBy('word');
    expect((await operations.doctor(actor, app, { ...as, fix: false, everything: false })).findings).toEqual(
      [],
    );
  });
});
