import { describe, expect, test } from 'vitest';
import { splitRules } from '../../../src/api/manual-rules.ts';
import type { ManualRuleInput } from '../../../src/api/manual-rules.ts';
import { settled } from '../../fakes/fake-clock.ts';
import { losingAnswer } from '../../fakes/intercept.ts';
import { connectionReset } from '../../fakes/failures.ts';
import { createOutside, startEngine } from '../start-engine.ts';

const ci = { deploy: { script: 'do', when: 'manual', allow_failure: false } };

/** A trigger with rules whose pipeline waits for `deploy`. */
async function begin(
  manual: readonly ManualRuleInput[],
  project: { refusesPipelineVariables?: boolean } = {},
) {
  const outside = createOutside([{ id: 7, path: 'group/deploy', ci, ...project }]);
  // A project that forbids variables forbids the one that carries our id, too.
  const engine = startEngine(outside);
  const { rules, ...secrets } = splitRules(manual);
  const id = await engine.start({ project: 'group/deploy', ...(rules && { manual: rules }) }, secrets);
  const deploy = () => engine.gitlab.pipelines()[0]?.jobs.find((job) => job.name === 'deploy');
  return { ...engine, id, deploy };
}

describe('variables of a rule', () => {
  test('go with the play that the rule makes', async () => {
    const { hook, deploy } = await begin([
      { job: 'other', action: 'play', variables: { WRONG: 'x' } },
      { job: 'dep*', action: 'play', variables: { ENV: 'prod', EMPTY: '' } },
    ]);
    await hook();
    expect(deploy()).toMatchObject({ status: 'pending', variables: { ENV: 'prod', EMPTY: '' } });
  });

  test('go with the play that a person asks for', async () => {
    const { deploy, engine, id } = await begin([
      { job: 'deploy', action: 'play', variables: { ENV: 'prod' } },
    ]);
    await engine.steer.play(id, ['deploy']);
    await settled();
    expect(deploy()?.variables).toEqual({ ENV: 'prod' });
  });

  test('go with the play once, also where its answer is lost', async () => {
    const { hook, gitlab, deploy, count } = await begin([
      { job: 'deploy', action: 'play', variables: { ENV: 'prod' } },
    ]);
    gitlab.next('playJob', losingAnswer(connectionReset()));
    await hook();
    expect(deploy()).toMatchObject({ status: 'pending', variables: { ENV: 'prod' } });
    expect(count('playJob')).toBe(1);
  });

  test('are in the database encrypted only', async () => {
    const { find, id } = await begin([{ job: 'deploy', action: 'play', variables: { ENV: 'canary' } }]);
    expect(JSON.stringify(await find(id))).not.toContain('canary');
  });

  test('forbidden by the project: the outcome has GitLab’s words', async () => {
    const { hook, outcomeOf, find, id, deploy } = await begin(
      [{ job: 'deploy', action: 'play', variables: { ENV: 'prod' } }],
      { refusesPipelineVariables: true },
    );
    await hook();
    expect(await outcomeOf(id)).toBe('manual');
    expect((await find(id)).state).toMatchObject({
      reason: 'waiting for manual jobs: deploy; deploy: 403 Forbidden; the play had the variables ENV',
    });
    expect(deploy()?.status).toBe('manual');
  });

  test('where a rule sends none, a project that forbids them lets it play', async () => {
    const { hook, deploy } = await begin([{ job: 'deploy', action: 'play' }], {
      refusesPipelineVariables: true,
    });
    await hook();
    expect(deploy()?.status).toBe('pending');
  });

  test('erased with the end of a trigger: a later play without them is refused', async () => {
    const { engine, id, find, count } = await begin([
      { job: 'deploy', action: 'play', when: 'playable', variables: { ENV: 'prod' } },
    ]);
    await engine.steer.resolve(id, 'failed', 'test');
    await engine.steer.play(id, ['deploy']);
    await settled();
    expect((await find(id)).played).toMatchObject([
      { progress: 'refused', refusal: expect.stringContaining('erased') as string },
    ]);
    expect(count('playJob')).toBe(0);
  });
});
