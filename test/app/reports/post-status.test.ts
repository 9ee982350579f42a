import { describe, expect, test } from 'vitest';
import { settled } from '../../fakes/fake-clock.ts';
import { badGateway, connectionReset, noAnswer, refusal } from '../../fakes/failures.ts';
import { dying, failing, losingAnswer } from '../../fakes/intercept.ts';
import { startWithUpstream } from './upstream.ts';

const commitStatus = 'downstream/app';

describe('the commit status', () => {
  test('follows the trigger from pending over running to its end', async () => {
    const { startReporting, end, gitlab, upstreamId, statuses, allStatuses, reportsOf } =
      await startWithUpstream();
    const id = await startReporting({ commitStatus });
    const webUrl = `${gitlab.url}/group/app/-/pipelines/${gitlab.pipelines().at(-1)?.id}`;
    expect(statuses()).toMatchObject([{ name: commitStatus, status: 'running', targetUrl: webUrl }]);
    expect(await reportsOf(id)).toMatchObject([{ kind: 'commitStatus', posted: 'running' }]);
    await end();
    expect(allStatuses()).toMatchObject([{ status: 'success', targetUrl: webUrl, description: null }]);
    expect(gitlab.calls.filter((call) => call.startsWith('postCommitStatus')).length).toBe(3);
    expect(gitlab.pipelines().find((each) => each.id === upstreamId)?.status).toBe('running');
  });

  test('is pending while GitLab does not make the pipeline', async () => {
    const { startReporting, gitlab, statuses, clock } = await startWithUpstream();
    gitlab.next('createPipeline', failing(badGateway()));
    await startReporting({ commitStatus });
    expect(statuses()).toMatchObject([{ status: 'pending', targetUrl: null }]);
    await clock.advance(10_000);
    expect(statuses()).toMatchObject([{ status: 'running' }]);
  });

  test.for([
    ['failed', async ({ end }) => end('drop')],
    ['error', () => Promise.resolve(), { project: 'group/none' }],
    [
      'deadline',
      async ({ clock, engine }) => {
        await clock.advance(61_000);
        await engine.sweep.round();
        await settled();
      },
      { deadlineSeconds: 60 },
    ],
    ['skipped', ({ engine, id }) => engine.steer.resolve(id, 'skipped', 'x')],
  ] as const satisfies readonly (readonly [string, (given: Begun) => Promise<unknown>, object?])[])(
    'is failed, with the outcome as its description, when the trigger ends %s',
    async ([outcome, finish, request = {}]) => {
      const begun = await startWithUpstream();
      const id = await begun.startReporting({ commitStatus }, request);
      await finish({ ...begun, id });
      await settled();
      expect(await begun.outcomeOf(id)).toBe(outcome);
      expect(begun.statuses()).toMatchObject([{ status: 'failed', description: outcome }]);
    },
  );

  test('is canceled when the trigger is', async () => {
    const { startReporting, engine, statuses, hook } = await startWithUpstream();
    const id = await startReporting({ commitStatus });
    await engine.steer.cancel(id, 'enough');
    await settled();
    await hook();
    expect(statuses()).toMatchObject([{ status: 'canceled' }]);
  });

  test('follows a trigger that is run again', async () => {
    const { startReporting, end, engine, gitlab, hook, allStatuses, statuses } = await startWithUpstream();
    const id = await startReporting({ commitStatus });
    await end('drop');
    await engine.steer.retry(id);
    await settled();
    expect(statuses()).toMatchObject([{ status: 'running' }]);
    for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
    await hook();
    expect(statuses()).toMatchObject([{ status: 'success' }]);
    expect(allStatuses()).toHaveLength(2);
  });
});

interface Begun extends Awaited<ReturnType<typeof startWithUpstream>> {
  readonly id: Awaited<ReturnType<Awaited<ReturnType<typeof startWithUpstream>>['start']>>;
}

describe('a post', () => {
  test.for([
    ['lost on the way back', losingAnswer(connectionReset())],
    ['lost on the way there', failing(connectionReset())],
    ['never answered, but carried out', losingAnswer(noAnswer())],
    ['never answered, and not carried out', failing(noAnswer())],
  ] as const)('that is %s shows once', async ([, trouble]) => {
    const { startReporting, end, gitlab, clock, allStatuses, reportsOf } = await startWithUpstream();
    const id = await startReporting({ commitStatus });
    gitlab.next('postCommitStatus', trouble);
    await end();
    await clock.advance(120_000);
    expect(allStatuses()).toMatchObject([{ status: 'success' }]);
    expect(await reportsOf(id)).toMatchObject([{ posted: 'success', posting: null }]);
  });

  test('of what GitLab shows already counts as done', async () => {
    const { startReporting, gitlab, reportsOf, count } = await startWithUpstream();
    gitlab.next('postCommitStatus', failing(refusal('Cannot transition status via :run from :running')));
    const id = await startReporting({ commitStatus });
    expect(await reportsOf(id)).toMatchObject([{ posted: 'running' }]);
    expect(count('postCommitStatus')).toBe(2);
  });

  test('that meets the lock of the commit is repeated', async () => {
    const { startReporting, end, gitlab, clock, allStatuses } = await startWithUpstream();
    await startReporting({ commitStatus });
    gitlab.next(
      'postCommitStatus',
      failing(refusal('409 Another update to this commit status is in progress')),
    );
    await end();
    await clock.advance(10_000);
    expect(allStatuses()).toMatchObject([{ status: 'success' }]);
  });

  test('that GitLab refuses for good shows in the trigger, and the next state is tried all the same', async () => {
    const { startReporting, end, gitlab, reportsOf, statuses } = await startWithUpstream();
    for (let times = 0; times < 2; times += 1)
      gitlab.next('postCommitStatus', failing(refusal('422 The number of jobs has exceeded the limit')));
    const id = await startReporting({ commitStatus });
    expect(await reportsOf(id)).toMatchObject([
      { refused: 'running', detail: '422 The number of jobs has exceeded the limit' },
    ]);
    await end();
    expect(statuses()).toMatchObject([{ status: 'success' }]);
  });

  test('of a pipeline that is gone is given up after a minute', async () => {
    const { startReporting, gitlab, upstreamId, clock, reportsOf, end } = await startWithUpstream();
    const id = await startReporting({ commitStatus });
    gitlab.deletePipeline(upstreamId);
    await end();
    await clock.advance(180_000);
    expect(await reportsOf(id)).toMatchObject([{ refused: 'success' }]);
  });

  test.for(['nothing', 'execution'] as const)('that a crash meets after %s shows once', async (after) => {
    const first = await startWithUpstream();
    const id = await first.startReporting({ commitStatus });
    first.gitlab.next('postCommitStatus', dying({ after }));
    await first.end();
    first.kill();
    const second = await startWithUpstream(first);
    await second.engine.sweep.resume();
    await second.clock.advance(180_000);
    expect(second.allStatuses()).toMatchObject([{ status: 'success' }]);
    expect(await second.reportsOf(id)).toMatchObject([{ posted: 'success' }]);
  });
});

describe('a name that is used twice', () => {
  test('by an open trigger of other work is refused', async () => {
    const { startReporting } = await startWithUpstream();
    const first = await startReporting({ commitStatus });
    await expect(startReporting({ commitStatus }, { ref: 'other' })).rejects.toMatchObject({
      code: 'status_taken',
      message: `report.commitStatus: ${first} posts under this name already`,
    });
  });

  test('by the same work belongs to the newest trigger', async () => {
    const { startReporting, end, gitlab, clock, statuses, reportsOf, allStatuses } =
      await startWithUpstream();
    const older = await startReporting({ commitStatus });
    const olderPipeline = gitlab.pipelines().at(-1)?.id;
    await clock.advance(1_000);
    await startReporting({ commitStatus });
    await end('drop', olderPipeline);
    expect(await reportsOf(older)).toMatchObject([
      { isSuperseded: true, detail: 'a newer trigger posts it' },
    ]);
    expect(statuses()).toMatchObject([{ status: 'running' }]);
    await end();
    expect(allStatuses().at(-1)).toMatchObject({ status: 'success' });
  });

  test('is free again when its trigger has finished', async () => {
    const { startReporting, end, statuses } = await startWithUpstream();
    await startReporting({ commitStatus });
    await end();
    await startReporting({ commitStatus }, { ref: 'other', project: 'group/none' });
    expect(statuses()).toMatchObject([{ status: 'failed', description: 'error' }]);
  });
});

describe('a report that could not be made is refused', () => {
  test('without upstream', async () => {
    const { startReporting } = await startWithUpstream();
    await expect(startReporting({ commitStatus }, { upstream: null })).rejects.toMatchObject({
      code: 'invalid',
    });
  });

  test('to a GitLab for which the service has no token', async () => {
    const { startReporting } = await startWithUpstream();
    await expect(
      startReporting({ commitStatus }, { gitlabUrl: 'https://other.example.com' }),
    ).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining('GITLAB_TOKEN') as string });
  });
});
