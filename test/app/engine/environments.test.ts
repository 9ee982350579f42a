import { describe, expect, test } from 'vitest';
import type { Delivery, HookCredential, Payload } from '../../../src/domain/delivery.ts';
import type { TriggerId } from '../../../src/domain/ids.ts';
import type { ManualRule } from '../../../src/domain/trigger/manual-rules.ts';
import { settled } from '../../fakes/fake-clock.ts';
import { createOutside, quietMs, startEngine } from '../start-engine.ts';

const manual = { script: 'do', when: 'manual', allow_failure: false } as const;
const ci = {
  stages: ['build', 'deploy'],
  build: { stage: 'build', script: 'make' },
  'deploy-eu': { stage: 'deploy', ...manual, environment: { name: 'eu', deployment_tier: 'production' } },
  'deploy-stage': { stage: 'deploy', ...manual, environment: 'staging' },
  notify: { stage: 'deploy', ...manual },
};

type Options = Parameters<typeof startEngine>[2];

async function begin(rules: readonly ManualRule[], options: Options = {}) {
  const engine = startEngine(createOutside([{ id: 7, path: 'group/deploy', ci }]), {}, options);
  const id = await engine.start({ project: 'group/deploy', manual: rules });
  const played = () =>
    engine.gitlab
      .pipelines()[0]
      ?.jobs.filter(({ name, status }) => name !== 'build' && status !== 'manual' && status !== 'created')
      .map(({ name }) => name);
  return { ...engine, id, played };
}

const inPlay: readonly ManualRule[] = [
  { tier: 'production', action: 'wait' },
  { environment: 'stag*', action: 'play' },
  { job: '*', action: 'wait' },
];

describe('rules by environment and tier', () => {
  test('fit what a webhook has shown, also after the service was started again', async () => {
    const { hook, gitlab, played, kill, engine: _engine, ...outside } = await begin(inPlay);
    await hook();
    gitlab.apply('success', ['build']);
    kill();
    const again = startEngine({ ...outside, gitlab });
    await again.clock.advance(quietMs);
    await again.engine.sweep.round();
    await settled();
    expect(played()).toEqual(['deploy-stage']);
  });

  test('fit nothing where no webhook came', async () => {
    const { gitlab, played, clock, engine, outcomeOf, id } = await begin(inPlay);
    gitlab.apply('success', ['build']);
    await clock.advance(quietMs);
    await engine.sweep.round();
    await settled();
    expect([played(), await outcomeOf(id)]).toEqual([[], null]);
  });

  test('fit what the very webhook shows that leads to the play', async () => {
    const { hook, gitlab, played } = await begin(inPlay);
    gitlab.apply('success', ['build']);
    await hook();
    expect(played()).toEqual(['deploy-stage']);
  });

  test('fit after a webhook of a job, which shows less', async () => {
    const { hook, deliver, gitlab, played } = await begin(inPlay);
    await hook();
    gitlab.apply('success', ['build']);
    await deliver(gitlab.jobHook('deploy-stage'));
    await hook();
    expect(played()).toEqual(['deploy-stage']);
  });
});

describe('a webhook by a secret that several projects share', () => {
  const shared: HookCredential = { kind: 'shared' };
  const withTriggerId = (delivery: Delivery, triggerId: TriggerId | null): Delivery => ({
    ...delivery,
    credential: shared,
    payload: { ...delivery.payload, triggerId } as Payload,
  });

  test('shows where jobs deploy to when it bears the trigger’s id', async () => {
    const { deliver, gitlab, played, id } = await begin(inPlay);
    gitlab.apply('success', ['build']);
    await deliver(withTriggerId(gitlab.pipelineHook(), id));
    expect(played()).toEqual(['deploy-stage']);
  });

  test.each([[null], ['trg_other' as TriggerId]])('shows nothing of it with the id %s', async (triggerId) => {
    const { deliver, gitlab, played } = await begin(inPlay);
    gitlab.apply('success', ['build']);
    await deliver(withTriggerId(gitlab.pipelineHook(), triggerId));
    expect(played()).toEqual([]);
  });

  test('is believed where WEBHOOK_TRUST is all', async () => {
    const { deliver, gitlab, played } = await begin(inPlay, { webhookTrust: 'all' });
    gitlab.apply('success', ['build']);
    await deliver(withTriggerId(gitlab.pipelineHook(), null));
    expect(played()).toEqual(['deploy-stage']);
  });
});

describe('PRODUCTION_GUARD', () => {
  const guarded = { guardsProduction: true };

  test('plays what it does not guard, and ends the trigger with its reason', async () => {
    const { hook, gitlab, played, clock, find, id } = await begin([{ job: '*', action: 'play' }], guarded);
    await hook();
    gitlab.apply('success', ['build']);
    await hook();
    await clock.advance(10_000);
    expect(played()).toEqual(['deploy-stage', 'notify']);
    gitlab.apply('success', ['deploy-stage', 'notify']);
    await hook();
    const { state } = await find(id);
    expect(state).toMatchObject({ outcome: 'manual' });
    expect(state).toHaveProperty(
      'reason',
      expect.stringContaining('deploy-eu: PRODUCTION_GUARD: it deploys to eu, of tier production'),
    );
  });

  test.each<[string, ManualRule]>([
    ['name', { job: 'deploy-eu', action: 'play' }],
    ['environment', { environment: 'eu', action: 'play' }],
    ['tier', { tier: 'production', action: 'play' }],
  ])('plays production by a rule that names it by %s', async (_what, rule) => {
    const { hook, gitlab, played } = await begin([rule, { job: '*', action: 'wait' }], guarded);
    await hook();
    gitlab.apply('success', ['build']);
    await hook();
    expect(played()).toEqual(['deploy-eu']);
  });

  test('keeps from a job that no webhook has shown, unless one comes in time', async () => {
    const lost = await begin([{ job: '*', action: 'play' }], guarded);
    lost.gitlab.apply('success', ['build']);
    await lost.clock.advance(quietMs);
    await lost.engine.sweep.round();
    await lost.clock.advance(60_000);
    expect([lost.played(), await lost.outcomeOf(lost.id)]).toEqual([[], 'manual']);

    const late = await begin(
      [
        { job: 'notify', action: 'wait' },
        { job: '*', action: 'play' },
      ],
      guarded,
    );
    late.gitlab.apply('success', ['build']);
    await late.clock.advance(quietMs);
    await late.engine.sweep.round();
    await settled();
    await late.hook();
    await late.clock.advance(60_000);
    expect(late.played()).toEqual(['deploy-stage']);
  });

  test('does not keep a person from a play', async () => {
    const { hook, gitlab, played, engine, id } = await begin([{ job: '*', action: 'wait' }], guarded);
    await hook();
    gitlab.apply('success', ['build']);
    await hook();
    await engine.steer.play(id, ['deploy-eu']);
    await settled();
    expect(played()).toEqual(['deploy-eu']);
  });
});
