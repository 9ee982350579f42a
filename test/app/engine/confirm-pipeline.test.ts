import { describe, expect, test } from 'vitest';
import { reasonOf as shownReason } from '../../../src/domain/trigger/finish.ts';
import { settled } from '../../fakes/fake-clock.ts';
import { failing, held } from '../../fakes/intercept.ts';
import { gone, redirected, refusal, unreadable, unresolved } from '../../fakes/failures.ts';
import { createOutside, startEngine } from '../start-engine.ts';

/** A trigger whose pipeline fails, before GitLab tells. */
async function begin(service = {}, secrets = {}) {
  const engine = startEngine(createOutside(), service);
  const id = await engine.start({}, secrets);
  engine.gitlab.apply('run', ['build']);
  engine.gitlab.apply('drop', ['build']);
  const failedJobs = async () => {
    const { state } = await engine.find(id);
    return state.kind === 'finished' ? state.failedJobs : null;
  };
  return { ...engine, id, failedJobs };
}

test('a failure is an end when GitLab, asked, says so', async () => {
  const { hook, failedJobs, outcomeOf, id, count } = await begin();
  await hook();
  expect(await outcomeOf(id)).toBe('failed');
  expect(await failedJobs()).toMatchObject([{ name: 'build', traceTail: null }]);
  expect(count('readPipeline')).toBe(1);
});

test('a failure that passes, as a job is run again, is none', async () => {
  const { deliver, gitlab, id, outcomeOf } = await begin();
  const late = gitlab.pipelineHook();
  gitlab.apply('retry', ['build']);
  await deliver(late);
  expect(await outcomeOf(id)).toBeNull();
});

test('two equal webhooks lead to one read of the pipeline', async () => {
  const { deliver, gitlab, count } = await begin();
  await Promise.all([deliver(gitlab.pipelineHook()), deliver(gitlab.pipelineHook())]);
  expect(count('readPipeline')).toBe(1);
});

test('a look that began before a retry proves nothing', async () => {
  const { hook, engine, gitlab, id, outcomeOf } = await begin();
  await hook();
  const look = held('after');
  gitlab.next('readPipeline', look.interception);
  await engine.steer.retry(id);
  await settled();
  await engine.steer.reconcile(id);
  gitlab.apply('drop', ['build']);
  gitlab.apply('retry');
  look.release();
  await settled();
  expect(await outcomeOf(id)).toBeNull();
});

describe('the ends of the logs', () => {
  test('come with it when somebody waits', async () => {
    const { hook, engine, id, failedJobs } = await begin();
    const leave = engine.waiters.subscribe(id, () => undefined);
    await hook();
    leave();
    expect(await failedJobs()).toMatchObject([
      { name: 'build', traceTail: expect.stringContaining('build') as string },
    ]);
  });

  test('come with it when the caller’s own token is used, for it is erased with the end', async () => {
    const { hook, failedJobs } = await begin(
      { apiToken: null, triggerToken: null },
      { apiToken: 'glpat-caller' },
    );
    await hook();
    expect(await failedJobs()).toMatchObject([{ traceTail: expect.stringContaining('build') as string }]);
  });
});

test('without a token, what the hooks tell has to do', async () => {
  const { hook, failedJobs, outcomeOf, id, count } = await begin({ apiToken: null });
  await hook();
  expect([await outcomeOf(id), count('readPipeline')]).toEqual(['failed', 0]);
  expect(await failedJobs()).toMatchObject([{ name: 'build', failureReason: 'script_failure' }]);
});

describe('a pipeline that GitLab does not find', () => {
  /** Reads the pipeline now. */
  async function beginLook() {
    const begun = await begin();
    const look = async () => {
      await begun.engine.steer.reconcile(begun.id);
      await settled();
      return begun.outcomeOf(begun.id);
    };
    return { ...begun, look };
  }

  test('twice, 30 s apart, while its project is shown: is gone, an error', async () => {
    const { gitlab, look, clock } = await beginLook();
    gitlab.deletePipeline(gitlab.pipelines()[0]?.id ?? 0);
    expect(await look()).toBeNull();
    await clock.advance(29_000);
    expect(await look()).toBeNull();
    await clock.advance(1_000);
    expect(await look()).toBe('error');
  });

  test('while its project is not found either: has the ten minutes of a refusal', async () => {
    const { gitlab, look, clock, find, id } = await beginLook();
    gitlab.next('readPipeline', ...Array.from({ length: 9 }, () => failing(gone())));
    gitlab.next('checkProject', ...Array.from({ length: 9 }, () => failing(gone('404 Project Not Found'))));
    expect(await look()).toBeNull();
    expect(shownReason(await find(id))).toBe('GitLab does not show the pipeline: 404 Project Not Found');
    await clock.advance(599_000);
    expect(await look()).toBeNull();
    await clock.advance(1_000);
    expect(await look()).toBe('error');
  });

  test('and shows again, as the membership was renewed: goes on to its outcome', async () => {
    const { gitlab, look, clock } = await beginLook();
    gitlab.next('readPipeline', failing(gone()));
    gitlab.next('checkProject', failing(gone('404 Project Not Found')));
    expect(await look()).toBeNull();
    await clock.advance(14_000);
    expect(await look()).toBe('failed');
  });

  test('and whose project cannot be asked for: nothing is known', async () => {
    const { gitlab, look, clock, find, id } = await beginLook();
    gitlab.next('readPipeline', failing(gone()));
    gitlab.next('checkProject', failing(unreadable()));
    expect(await look()).toBeNull();
    expect(await find(id)).toMatchObject({ goneSince: null, refusal: null, lastError: 'GitLab answers 502' });
    await clock.advance(10_000);
    expect(await look()).toBe('failed');
  });
});

describe.each([
  ['a redirect', redirected],
  ['a name that does not resolve', unresolved],
])('%s while the pipeline runs', (_what, trouble) => {
  test.each([
    [599_000, 'failed'],
    [600_000, 'error'],
  ])('for %i ms: %s', async (ms, outcome) => {
    const { gitlab, engine, id, outcomeOf, clock } = await begin();
    gitlab.next('readPipeline', failing(trouble()), ...(outcome === 'error' ? [failing(trouble())] : []));
    await engine.steer.reconcile(id);
    await clock.advance(ms);
    await engine.steer.reconcile(id);
    await settled();
    expect(await outcomeOf(id)).toBe(outcome);
  });
});

test('GitLab is away: asked again until it answers', async () => {
  const { hook, gitlab, id, outcomeOf, clock } = await begin();
  gitlab.next('readPipeline', failing(unreadable()), failing(unreadable()));
  await hook();
  expect(await outcomeOf(id)).toBeNull();
  await clock.advance(10_000);
  expect(await outcomeOf(id)).toBe('failed');
});

test('GitLab refuses: not asked again before the sweep', async () => {
  const { hook, gitlab, id, outcomeOf, clock, count, lines } = await begin();
  gitlab.next('readPipeline', failing(refusal('401 Unauthorized')));
  await hook();
  await clock.advance(600_000);
  expect([await outcomeOf(id), count('readPipeline')]).toEqual([null, 1]);
  expect(lines).toEqual(['GitLab does not show the pipeline']);
});
