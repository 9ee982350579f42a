import { describe, expect, test } from 'vitest';
import type { TriggerRequest } from '../../../src/domain/trigger/trigger.ts';
import { settled } from '../../fakes/fake-clock.ts';
import { GitLabRefusal } from '../../../src/app/ports/gitlab-unavailable.ts';
import { badGateway } from '../../fakes/failures.ts';
import { failing, losingAnswer } from '../../fakes/intercept.ts';
import { createOutside, quietMs, startEngine } from '../start-engine.ts';

const project = 'group/flaky';
const script = 'make';
const broken = 'runner_system_failure';
const autoRetry = { max: 1, reasons: ['infrastructure'] };
const projects = [{ id: 30, path: project, ci: { one: { script }, two: { script } } }];

async function begin(request: Partial<TriggerRequest> = { autoRetry }, outside = createOutside(projects)) {
  const service = startEngine(outside);
  const id = await service.start({ project, deadlineSeconds: 1_000_000, ...request });
  const { gitlab, clock } = outside;
  /** What has happened comes by the hook of the pipeline. */
  const report = async (pipelineId?: number): Promise<void> => {
    await service.hook(pipelineId);
    await clock.advance(100);
    await settled();
  };
  const retries = async () =>
    ((await service.find(id)).retriedJobs ?? []).map(({ name, progress }) => `${name} ${progress}`);
  return { ...service, outside, gitlab, clock, id, report, retries };
}

describe('a job that the infrastructure broke', () => {
  test('is retried, and the wait goes on until the pipeline has ended', async () => {
    const { gitlab, report, retries, outcomeOf, find, id, count } = await begin();
    gitlab.apply('success', ['two']);
    gitlab.fail('one', broken);
    await report();
    expect(await retries()).toEqual(['one done']);
    expect((await find(id)).state.kind).toBe('running');
    gitlab.apply('success', ['one']);
    await report();
    expect(await outcomeOf(id)).toBe('success');
    expect(count('retryJob')).toBe(1);
  });

  test('is retried as often as the caller allows, by name', async () => {
    const { gitlab, report, retries, outcomeOf, id } = await begin({ autoRetry: { ...autoRetry, max: 2 } });
    gitlab.apply('success', ['two']);
    for (let time = 0; time < 3; time += 1) {
      gitlab.fail('one', broken);
      await report();
    }
    expect(await retries()).toEqual(['one done', 'one done']);
    expect(await outcomeOf(id)).toBe('failed');
  });

  test('is not retried where another required job failed by its own fault', async () => {
    const { gitlab, report, retries, outcomeOf, id } = await begin();
    gitlab.fail('two', 'script_failure');
    gitlab.fail('one', broken);
    await report();
    expect(await retries()).toEqual([]);
    expect(await outcomeOf(id)).toBe('failed');
  });

  test('is not retried while others run: only the end of the pipeline shows whether it can be helped', async () => {
    const { gitlab, report, count } = await begin();
    gitlab.fail('one', broken);
    await report();
    expect(count('retryJob')).toBe(0);
  });

  test('several of them are retried together', async () => {
    const { gitlab, report, retries } = await begin();
    gitlab.fail('two', broken);
    gitlab.fail('one', 'scheduler_failure');
    await report();
    expect(await retries()).toEqual(['one done', 'two done']);
  });

  test('is found and retried by the sweep without webhooks', async () => {
    const { gitlab, clock, retries, engine } = await begin();
    gitlab.apply('success', ['two']);
    gitlab.fail('one', broken);
    await clock.advance(quietMs);
    await engine.sweep.round();
    await settled();
    expect(await retries()).toEqual(['one done']);
  });

  test('that GitLab refuses to retry ends the trigger, with its words', async () => {
    const { gitlab, report, find, id, outcomeOf } = await begin();
    gitlab.next('retryJob', failing(new GitLabRefusal(403, '403 Forbidden')));
    gitlab.apply('success', ['two']);
    gitlab.fail('one', broken);
    await report();
    expect(await outcomeOf(id)).toBe('failed');
    expect((await find(id)).state).toMatchObject({
      reason: expect.stringContaining('one was not retried: ') as string,
    });
  });

  test('that a person has retried first counts as retried', async () => {
    const { gitlab, report, retries, find, id } = await begin();
    gitlab.next('retryJob', (execute) => {
      gitlab.apply('retry', ['one']);
      return execute();
    });
    gitlab.apply('success', ['two']);
    gitlab.fail('one', broken);
    await report();
    expect(await retries()).toEqual(['one done']);
    expect((await find(id)).state.kind).toBe('running');
  });

  test('is retried once where the answer of GitLab is lost', async () => {
    const { gitlab, clock, report, retries, count } = await begin();
    gitlab.next('retryJob', losingAnswer(badGateway()));
    gitlab.apply('success', ['two']);
    gitlab.fail('one', broken);
    await report();
    await clock.advance(60_000);
    await settled();
    expect(count('retryJob')).toBe(2);
    expect(await retries()).toEqual(['one done']);
    expect(gitlab.pipelines()[0]?.jobs.filter(({ name }) => name === 'one')).toHaveLength(2);
  });

  test('two triggers of one pipeline retry it once', async () => {
    const first = await begin();
    const pipelineId = first.gitlab.pipelines()[0]?.id ?? 0;
    const second = await first.start({ project, retry: true, pipelineId: pipelineId as never, autoRetry });
    first.gitlab.apply('success', ['two']);
    first.gitlab.fail('one', broken);
    await first.report();
    expect((await first.find(second)).state.kind).toBe('running');
    expect(first.gitlab.pipelines()[0]?.jobs.filter(({ name }) => name === 'one')).toHaveLength(2);
  });
});

describe('the budget of a project', () => {
  test('is kept over its triggers, and the one that finds it used up says so', async () => {
    const outside = createOutside(projects);
    const service = startEngine(outside, {}, { autoRetryBudget: 1 });
    const run = async (): Promise<string> => {
      const id = await service.start({ project, autoRetry });
      outside.gitlab.apply('success', ['two']);
      outside.gitlab.fail('one', broken);
      await service.hook();
      await outside.clock.advance(100);
      await settled();
      return id;
    };
    await run();
    const second = await run();
    const { state } = await service.find(second as never);
    expect(state).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('AUTO_RETRY_BUDGET of 1') as string,
    });
    await outside.clock.advance(86_400_000);
    const third = await run();
    expect((await service.find(third as never)).state.kind).toBe('running');
  });
});

describe('a failed pipeline that is watched', () => {
  const grace = { failureGraceSeconds: 600 };

  test('is the verdict once the time is over', async () => {
    const { gitlab, clock, engine, report, find, id, outcomeOf } = await begin(grace);
    gitlab.apply('success', ['two']);
    gitlab.apply('drop', ['one']);
    await report();
    expect((await find(id)).state).toMatchObject({ kind: 'running', pipeline: { status: 'failed' } });
    await clock.advance(599_000);
    await engine.sweep.round();
    await settled();
    expect((await find(id)).state.kind).toBe('running');
    await clock.advance(2_000);
    await engine.sweep.round();
    await settled();
    expect(await outcomeOf(id)).toBe('failed');
    expect((await find(id)).state).toMatchObject({ failedJobs: [{ name: 'one' }] });
  });

  test('that somebody retries in GitLab is waited for, and watched anew when it fails again', async () => {
    const { gitlab, clock, engine, report, find, id, outcomeOf } = await begin(grace);
    gitlab.apply('success', ['two']);
    gitlab.apply('drop', ['one']);
    await report();
    await clock.advance(500_000);
    gitlab.apply('retry', ['one']);
    await report();
    await clock.advance(300_000);
    await engine.sweep.round();
    await settled();
    expect((await find(id)).state).toMatchObject({ kind: 'running' });
    gitlab.apply('drop', ['one']);
    await report();
    await clock.advance(500_000);
    await engine.sweep.round();
    await settled();
    expect((await find(id)).state.kind).toBe('running');
    gitlab.apply('retry', ['one']);
    gitlab.apply('success', ['one']);
    await report();
    expect(await outcomeOf(id)).toBe('success');
  });

  test('ends at the deadline as failed', async () => {
    const { gitlab, clock, engine, report, id, outcomeOf } = await begin({ ...grace, deadlineSeconds: 60 });
    gitlab.apply('success', ['two']);
    gitlab.apply('drop', ['one']);
    await report();
    await clock.advance(61_000);
    await engine.sweep.round();
    await settled();
    expect(await outcomeOf(id)).toBe('failed');
  });

  test('ends when the trigger is canceled', async () => {
    const { gitlab, engine, report, id, outcomeOf } = await begin(grace);
    gitlab.apply('success', ['two']);
    gitlab.apply('drop', ['one']);
    await report();
    await engine.steer.cancel(id, 'ci');
    await settled();
    expect(await outcomeOf(id)).toBe('failed');
  });
});

describe('nothing is retried by itself', () => {
  test('where a trigger job has failed as well', async () => {
    const bridged = {
      ...{ id: 31, path: 'group/bridged' },
      ci: { one: { script }, child: { trigger: { include: 'c', strategy: 'depend' as const } } },
      includes: { c: { inner: { script } } },
    };
    const { gitlab, report, retries, outcomeOf, id } = await begin(
      { autoRetry, project: bridged.path },
      createOutside([bridged]),
    );
    const [parent, child] = gitlab.pipelines();
    gitlab.apply('drop', ['inner'], child?.id);
    gitlab.fail('one', broken, parent?.id);
    await report(parent?.id);
    expect(await retries()).toEqual([]);
    expect(await outcomeOf(id)).toBe('failed');
  });

  test('where a commit status that somebody has set has failed as well', async () => {
    const { gitlab, report, retries, find, id, count } = await begin();
    gitlab.next('hasFailedStatus', () => Promise.resolve(true));
    gitlab.apply('success', ['two']);
    gitlab.fail('one', broken);
    await report();
    expect(await retries()).toEqual(['one refused']);
    expect(count('retryJob')).toBe(0);
    expect((await find(id)).state).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('commit status') as unknown,
    });
  });

  test('after a cancellation that comes while GitLab is asked', async () => {
    const { gitlab, report, engine, id, count, outcomeOf } = await begin();
    gitlab.next('hasFailedStatus', async (execute) => {
      await engine.steer.cancel(id, 'no more');
      return execute();
    });
    gitlab.apply('success', ['two']);
    gitlab.fail('one', broken);
    await report();
    expect(count('retryJob')).toBe(0);
    expect(await outcomeOf(id)).toBe('failed');
  });
});

test('a pipeline that was canceled just before its job was retried is canceled again', async () => {
  const { gitlab, report, engine, id, outcomeOf } = await begin();
  gitlab.next('retryJob', async (execute) => {
    await engine.steer.cancel(id, 'no more');
    await settled();
    return execute();
  });
  gitlab.apply('success', ['two']);
  gitlab.fail('one', broken);
  await report();
  await report();
  expect(gitlab.pipelines()[0]?.status).toBe('canceled');
  expect(await outcomeOf(id)).toBe('canceled');
});
