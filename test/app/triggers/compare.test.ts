import { describe, expect, test } from 'vitest';
import { failing } from '../../fakes/intercept.ts';
import { gone, refusal, unreadable } from '../../fakes/failures.ts';
import { startEngine } from '../start-engine.ts';

async function begin() {
  const world = startEngine();
  const id = await world.start();
  const before = await world.find(id);
  return {
    ...world,
    id,
    before,
    compare: async () => world.engine.compare(await world.find(id)),
  };
}

describe('the difference between a trigger and GitLab', () => {
  test('is what GitLab shows besides what is known', async () => {
    const { compare } = await begin();
    expect(await compare()).toEqual({
      storedStatus: 'created',
      gitlabStatus: 'pending',
      changes: ['pipeline 101 is pending', 'job build is pending', 'job unit is created'],
      outcome: null,
      reason: null,
      actions: [],
    });
  });

  test('of an end that no hook reported is its outcome, and nothing follows', async () => {
    const { compare, gitlab, find, id, before } = await begin();
    for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
    expect(await compare()).toMatchObject({
      storedStatus: 'created',
      gitlabStatus: 'success',
      outcome: 'success',
    });
    expect(await find(id)).toEqual(before);
  });

  test('of a pipeline that is gone is the end of the trigger, not an error', async () => {
    const { compare, engine, gitlab, clock, find, id, before } = await begin();
    gitlab.next('readPipeline', failing(gone()), failing(gone()));
    // At first a replica of GitLab's database may only be late.
    expect(await compare()).toMatchObject({ storedStatus: 'created', gitlabStatus: null, outcome: null });
    const goneSince = clock.now();
    await clock.advance(30_000);
    expect(await engine.compare({ ...before, goneSince })).toMatchObject({
      gitlabStatus: null,
      outcome: 'error',
      reason: 'the pipeline is gone: GitLab answers 404',
    });
    expect(await find(id)).toEqual(before);
  });

  test('of a pipeline that GitLab refuses to show is none at first, and its words once that lasts', async () => {
    const { compare, engine, gitlab, before } = await begin();
    gitlab.next('readPipeline', failing(refusal('403 Forbidden')), failing(refusal('403 Forbidden')));
    expect(await compare()).toMatchObject({ storedStatus: 'created', gitlabStatus: null, outcome: null });
    const refusedBefore = { ...before, refusal: { since: 0, reason: '403 Forbidden' } };
    expect(await engine.compare(refusedBefore)).toMatchObject({
      gitlabStatus: null,
      outcome: 'error',
      reason: 'GitLab does not show the pipeline: 403 Forbidden',
    });
  });

  test('is unknown while GitLab is away, or when we are wrong', async () => {
    const { compare, gitlab } = await begin();
    gitlab.next('readPipeline', failing(unreadable()), failing(new Error('a mistake of ours')));
    await expect(compare()).rejects.toMatchObject({ code: 'gitlab_unavailable' });
    await expect(compare()).rejects.toThrow('a mistake of ours');
  });

  test('of a trigger that does not run is none, and GitLab is not asked', async () => {
    const world = startEngine();
    const id = await world.start({ ref: 'nope' });
    const asked = world.gitlab.calls.length;
    expect(await world.engine.compare(await world.find(id))).toMatchObject({ changes: [], outcome: null });
    expect(world.gitlab.calls).toHaveLength(asked);
  });
});
