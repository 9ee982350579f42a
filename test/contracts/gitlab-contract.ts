import { textOf } from '../support/streams.ts';
import { describe, expect, test } from 'vitest';
import type { GitLab, PipelineOrder } from '../../src/app/ports/index.ts';
import { GitLabUnavailable } from '../../src/app/ports/gitlab-unavailable.ts';
import { AppError } from '../../src/domain/error.ts';
import type { JobId, PipelineId, TriggerId } from '../../src/domain/ids.ts';
import { triggerIdVariable } from '../../src/domain/ids.ts';
import type { JobEvent } from '../../simulator/engine/apply-event.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import type { PipelineView } from '../../simulator/view.ts';

/** Tokens that the GitLab of the contract knows. */
export const tokens = { apiToken: 'glpat-contract', triggerToken: 'glptt-contract' } as const;

/** How a call can go wrong on its way. */
export type Trouble = 'reset before' | 'reset after' | 'bad gateway' | 'too many requests';

/** A GitLab that holds `contractScenario`, and what a test may do to it besides the port. */
export interface GitLabUnderTest {
  readonly connect: (access: {
    readonly apiToken: string | null;
    readonly triggerToken: string | null;
  }) => GitLab;
  /** Every pipeline of a project, oldest first. */
  readonly pipelines: (project: string) => readonly PipelineView[];
  /** Moves jobs as runners and people do. */
  readonly apply: (pipelineId: number, event: JobEvent, jobs: readonly string[]) => void;
  readonly push: (project: string, branch: string) => void;
  /** What happens to the next request that creates a pipeline or plays a job. */
  readonly disturb: (call: 'createPipeline' | 'playJob', trouble: Trouble) => void;
  readonly now: () => number;
}

const app = 'group/app';

export const contractScenario: ScenarioInput = {
  users: [{ username: 'root', token: tokens.apiToken, admin: true }],
  configErrorAnswers: '201',
  projects: [
    {
      id: 1,
      path: app,
      formerPaths: ['before/app'],
      branches: ['feature/slash'],
      triggerTokens: [tokens.triggerToken],
      autoRun: false,
      ci: {
        stages: ['build', 'test', 'deploy'],
        rollback: { stage: 'deploy', script: 'undo', when: 'manual' },
        deploy: { stage: 'deploy', script: 'do', when: 'manual', allow_failure: false },
        vault: {
          stage: 'deploy',
          script: 'do',
          when: 'manual',
          allow_failure: true,
          environment: { name: 'vault' },
        },
        unit: { stage: 'test', script: 'test' },
        lint: { stage: 'test', script: 'lint', allow_failure: true },
        build: { stage: 'build', script: 'make' },
      },
      jobs: { unit: { trace: 'one\ntwo\n\u001b[31mboom\u001b[0m\n', failureReason: 'script_failure' } },
      protectedEnvironments: ['vault'],
    },
    {
      id: 2,
      path: 'group/parent',
      triggerTokens: [tokens.triggerToken],
      autoRun: false,
      ci: {
        stages: ['build', 'children'],
        build: { stage: 'build', script: 'make' },
        child: {
          stage: 'children',
          when: 'manual',
          allow_failure: false,
          trigger: { include: 'child.yml', strategy: 'depend' },
        },
      },
      includes: { 'child.yml': { 'child-test': { script: 'make test' } } },
    },
    {
      id: 5,
      path: 'group/launcher',
      autoRun: false,
      ci: { build: { script: 'make' }, child: { trigger: { include: 'child.yml' } } },
      includes: { 'child.yml': { 'child-test': { script: 'make test' } } },
    },
    {
      id: 3,
      path: 'group/broken',
      triggerTokens: [tokens.triggerToken],
      autoRun: false,
      ci: { deploy: { stage: 'nowhere', script: 'x' } },
    },
    {
      id: 4,
      path: 'group/strict',
      triggerTokens: [tokens.triggerToken],
      autoRun: false,
      ci: { build: { script: 'make' } },
      refusesPipelineVariables: true,
    },
  ],
};

const orderOf = (given: Partial<PipelineOrder> = {}): PipelineOrder => ({
  project: app,
  ref: 'main',
  variables: {},
  inputs: {},
  ...given,
});

/** What the port must throw. */
const refusal = (message: RegExp): unknown =>
  expect.objectContaining({ code: 'gitlab_refused', message: expect.stringMatching(message) as string });
const missing: unknown = expect.objectContaining({ code: 'not_found' });

async function errorOf(asked: Promise<unknown>): Promise<AppError> {
  const error: unknown = await asked.catch((thrown: unknown) => thrown);
  if (error instanceof AppError) return error;
  throw new Error('expected an AppError');
}

async function unansweredBy(asked: Promise<unknown>) {
  const error = await errorOf(asked);
  if (!(error instanceof GitLabUnavailable)) throw error;
  return { code: error.code, ...error.unanswered };
}

/**
 * What every GitLab behind the port does.
 * @param start gives a new one for each test, and stops it when the test ends
 */
export function gitLabContract(name: string, start: () => Promise<GitLabUnderTest>): void {
  async function begin() {
    const underTest = await start();
    const gitlab = underTest.connect({ apiToken: tokens.apiToken, triggerToken: null });
    const create = async (order: Partial<PipelineOrder> = {}): Promise<PipelineId> =>
      (await gitlab.createPipeline(orderOf(order))).pipeline.id;
    const jobOf = async (pipeline: PipelineId, job: string): Promise<JobId> => {
      const { jobs } = await gitlab.readPipeline(app, pipeline, { traces: false });
      const found = jobs.find((each) => each.name === job);
      if (found === undefined) throw new Error(`the pipeline has no job ${job}`);
      return found.id;
    };
    return { ...underTest, gitlab, create, jobOf };
  }

  /** A pipeline whose jobs up to the manual ones are done. */
  async function beginBlocked() {
    const begun = await begin();
    const id = await begun.create();
    for (const job of ['build', 'unit', 'lint']) begun.apply(id, 'success', [job]);
    return { ...begun, id };
  }

  describe(`GitLab: ${name}`, () => {
    describe('knows a pipeline that a trigger has started', () => {
      const id = 'trg_ours' as TriggerId;
      const wanted = { ref: 'main', source: 'api', id } as const;

      test.each([
        ['by all that is known of it', wanted],
        ['by the full form of its ref', { ...wanted, ref: 'refs/heads/main' }],
        ['where it is not known how it was made', { ...wanted, source: null }],
      ])('%s', async (_what, started) => {
        const { gitlab, create } = await begin();
        const pipelineId = await create({ variables: { [triggerIdVariable]: id } });
        expect(await gitlab.findStarted(app, pipelineId, started)).toMatchObject({
          id: pipelineId,
          projectId: 1,
        });
      });

      test.each([
        ['of another ref', { ...wanted, ref: 'feature/slash' }],
        ['made in another way', { ...wanted, source: 'trigger' }],
        ['of another trigger', { ...wanted, id: 'trg_other' as TriggerId }],
      ])('and none %s', async (_what, started) => {
        const { gitlab, create } = await begin();
        const pipelineId = await create({ variables: { [triggerIdVariable]: id } });
        expect(await gitlab.findStarted(app, pipelineId, started)).toBeNull();
      });

      test('and none of another project', async () => {
        const { gitlab, create } = await begin();
        const pipelineId = await create({ variables: { [triggerIdVariable]: id } });
        await expect(gitlab.findStarted('group/parent', pipelineId, wanted)).rejects.toEqual(missing);
      });
    });

    describe('creates a pipeline', () => {
      test.each([
        ['an API token', { apiToken: tokens.apiToken, triggerToken: null }],
        ['a trigger token', { apiToken: null, triggerToken: tokens.triggerToken }],
        ['both', tokens],
      ])('with %s', async (_what, access) => {
        const { connect, pipelines } = await begin();
        const variables = { A: 'x=1&y=2', B: '', c_D: 'ü "quoted"\n$HOME' };
        const { pipeline, configError } = await connect(access).createPipeline(
          orderOf({ variables, ref: 'feature/slash' }),
        );
        const [made, ...others] = pipelines(app);
        expect([made?.ref, made?.variables, others]).toEqual(['feature/slash', variables, []]);
        expect(configError).toBeNull();
        expect(pipeline).toEqual({
          id: made?.id,
          projectId: 1,
          status: 'created',
          webUrl: expect.stringContaining(`/group/app/-/pipelines/${made?.id ?? ''}`) as string,
          jobs: null,
        });
      });

      test('as one that a trigger made, where there is a trigger token', async () => {
        const { connect, pipelines } = await begin();
        await connect(tokens).createPipeline(orderOf());
        expect(pipelines(app).map(({ source }) => source)).toEqual(['trigger']);
      });

      test.each([[{ apiToken: tokens.apiToken, triggerToken: null }], [tokens]])(
        'with inputs, named as they are: %o',
        async (access) => {
          const { connect, pipelines } = await begin();
          const inputs = { deployEnv: 'prod', dry_run: true, replicas: 3, zones: ['a', 'b'] };
          await connect(access).createPipeline(orderOf({ inputs }));
          expect(pipelines(app)[0]?.inputs).toEqual(inputs);
        },
      );

      test('in a project named by its id', async () => {
        const { create, pipelines } = await begin();
        const id = await create({ project: '1' });
        expect(pipelines(app)).toMatchObject([{ id }]);
      });

      test.each([tokens, { apiToken: tokens.apiToken, triggerToken: null }])(
        'but not of a ref that is not there: %o',
        async (access) => {
          const { connect, pipelines } = await begin();
          const asked = connect(access).createPipeline(orderOf({ ref: 'nope' }));
          await expect(asked).rejects.toEqual(refusal(/Reference not found/));
          expect(pipelines(app)).toEqual([]);
        },
      );

      test('but not of a project that is not there', async () => {
        const { create } = await begin();
        await expect(create({ project: 'group/nope' })).rejects.toEqual(missing);
      });

      test('but not without a token', async () => {
        const { connect } = await begin();
        const asked = connect({ apiToken: null, triggerToken: null }).createPipeline(orderOf());
        await expect(asked).rejects.toEqual(refusal(/401/));
      });

      test('but not with variables where they are forbidden', async () => {
        const { create, pipelines } = await begin();
        const order = { project: 'group/strict', variables: { A: '1' } };
        await expect(create(order)).rejects.toEqual(refusal(/pipeline variables/i));
        await create({ ...order, variables: {} });
        expect(pipelines('group/strict')).toHaveLength(1);
      });

      test('and says what is wrong with its configuration, though it may have made it', async () => {
        const { connect, pipelines } = await begin();
        const made = await connect(tokens).createPipeline(orderOf({ project: 'group/broken' }));
        expect(made.configError).toMatch(/nowhere|stage/);
        expect(made.pipeline).toMatchObject({ id: pipelines('group/broken')[0]?.id, status: 'failed' });
      });

      test('and says what is wrong with its configuration, having made nothing', async () => {
        const { create, pipelines } = await begin();
        await expect(create({ project: 'group/broken' })).rejects.toEqual(refusal(/nowhere|stage/));
        expect(pipelines('group/broken')).toEqual([]);
      });
    });

    describe('when a request to create is disturbed', () => {
      test.each<[Trouble, { made: number; inDoubtMs: unknown }]>([
        ['reset before', { made: 0, inDoubtMs: expect.any(Number) }],
        ['reset after', { made: 1, inDoubtMs: expect.any(Number) }],
        ['bad gateway', { made: 0, inDoubtMs: expect.any(Number) }],
        ['too many requests', { made: 0, inDoubtMs: null }],
      ])('%s: says whether it may have been carried out, and sends it once', async (trouble, expected) => {
        const { create, disturb, pipelines } = await begin();
        disturb('createPipeline', trouble);
        const { code, retryAfterMs, inDoubtMs } = await unansweredBy(create());
        expect([code, inDoubtMs]).toEqual(['gitlab_unavailable', expected.inDoubtMs]);
        expect(retryAfterMs).toEqual(trouble === 'too many requests' ? expect.any(Number) : null);
        expect(pipelines(app)).toHaveLength(expected.made);
      });
    });

    describe('finds a pipeline', () => {
      const ours = { [triggerIdVariable]: 'trg_ours' };
      const id = 'trg_ours' as TriggerId;

      test('that carries our id, among others', async () => {
        const { gitlab, create, now } = await begin();
        await create();
        const wanted = await create({ variables: { ...ours, A: '1' } });
        await create({ variables: { [triggerIdVariable]: 'trg_other' } });
        expect(await gitlab.findPipeline(app, 'main', id, now() - 60_000)).toMatchObject({
          id: wanted,
          projectId: 1,
          jobs: null,
        });
      });

      test.each([
        ['nothing carries our id', 'main', {}, -60_000],
        ['it is of another ref', 'feature/slash', ours, -60_000],
        ['it is older than asked for', 'main', ours, 60_000],
      ])('not where %s', async (_what, ref, variables, sinceMs) => {
        const { gitlab, create, now } = await begin();
        await create({ variables });
        expect(await gitlab.findPipeline(app, ref, id, now() + sinceMs)).toBeNull();
      });
    });

    test('finds the one of a ref that is written in full, and says its ref', async () => {
      const { gitlab, create, now } = await begin();
      const id = await create({ ref: 'refs/heads/main', variables: { [triggerIdVariable]: 'trg_ours' } });
      for (const ref of ['main', 'refs/heads/main'])
        expect(await gitlab.findPipeline(app, ref, 'trg_ours' as TriggerId, now() - 60_000)).toMatchObject({
          id,
          ref: 'main',
        });
      expect(await gitlab.newestPipeline(app, 'refs/heads/main')).toMatchObject({ id });
      expect(await gitlab.tipOf(app, 'refs/heads/main')).toBe(await gitlab.tipOf(app, 'main'));
    });

    test('shows a project, by its path and number, or that there is none', async () => {
      const { gitlab } = await begin();
      for (const project of [app, '1']) await gitlab.checkProject(project);
      await expect(gitlab.checkProject('group/nope')).rejects.toEqual(missing);
    });

    test('names a project by its id and its path, whichever of its paths was given', async () => {
      const { gitlab } = await begin();
      for (const project of [app, '1', 'before/app'])
        expect(await gitlab.nameProject(project)).toEqual({ id: '1', path: app });
      await expect(gitlab.nameProject('group/nope')).rejects.toEqual(missing);
    });

    test('finds the one that was made first where others were handed our id on', async () => {
      const { gitlab, create, now } = await begin();
      const variables = { [triggerIdVariable]: 'trg_ours' };
      const first = await create({ variables });
      await create({ variables });
      // In either form of the ref.
      const found = await gitlab.findPipeline(
        app,
        'refs/heads/main',
        'trg_ours' as TriggerId,
        now() - 60_000,
      );
      expect(found?.id).toBe(first);
    });

    describe('shows which pipelines of a ref are newer than another', () => {
      const idsOf = (found: readonly { readonly id: number }[]) => found.map(({ id }) => id);

      test('the newest first, those of other refs not among them', async () => {
        const { gitlab, create } = await begin();
        const first = await create();
        const [second, third] = [await create(), await create()];
        await create({ ref: 'feature/slash' });
        expect(idsOf(await gitlab.pipelinesAfter(app, 'main', first))).toEqual([third, second]);
        expect(idsOf(await gitlab.pipelinesAfter(app, 'main', 0))).toEqual([third, second, first]);
        expect(await gitlab.pipelinesAfter(app, 'main', third)).toEqual([]);
      });

      test('only those that the same kind of token has made', async () => {
        const { connect, gitlab, create } = await begin();
        const byUser = await create();
        const both = connect(tokens);
        const byTrigger = (await both.createPipeline(orderOf())).pipeline.id;
        expect(idsOf(await gitlab.pipelinesAfter(app, 'main', 0))).toEqual([byUser]);
        expect(idsOf(await both.pipelinesAfter(app, 'main', 0))).toEqual([byTrigger]);
      });
    });

    describe('shows the pipelines of a ref', () => {
      test('the newest one with its commit', async () => {
        const { gitlab, create, push } = await begin();
        await create();
        push(app, 'main');
        const id = await create();
        await create({ ref: 'feature/slash' });
        const sha = await gitlab.tipOf(app, 'main');
        expect(await gitlab.newestPipeline(app, 'main')).toMatchObject({
          id,
          ref: 'main',
          sha,
          status: 'pending',
        });
        expect(await gitlab.showPipeline(app, id)).toMatchObject({ id, ref: 'main', sha, projectId: 1 });
      });

      test('none where there is none', async () => {
        const { gitlab } = await begin();
        expect(await gitlab.newestPipeline(app, 'main')).toBeNull();
        await expect(gitlab.showPipeline(app, 999 as PipelineId)).rejects.toEqual(missing);
      });

      test('a push makes them outdated', async () => {
        const { gitlab, create, push } = await begin();
        const { sha } = await gitlab.showPipeline(app, await create());
        expect(await gitlab.tipOf(app, 'main')).toBe(sha);
        push(app, 'main');
        expect(await gitlab.tipOf(app, 'main')).not.toBe(sha);
        expect(await gitlab.tipOf(app, 'feature/slash')).not.toBe(sha);
      });

      test('there is no tip of a ref that is not there', async () => {
        const { gitlab } = await begin();
        await expect(gitlab.tipOf(app, 'nope')).rejects.toEqual(missing);
      });
    });

    describe('lists pipelines', () => {
      test('as they stand, those asked for only', async () => {
        const { gitlab, create, apply, now } = await begin();
        const [first, , third] = [await create(), await create(), await create({ ref: 'feature/slash' })];
        apply(first, 'run', ['build']);
        const listed = await gitlab.listPipelines(app, [first, third], now() - 60_000);
        const byId = listed.toSorted((one, other) => one.id - other.id);
        expect(byId.map(({ id, status }) => [id, status])).toEqual([
          [first, 'running'],
          [third, 'pending'],
        ]);
        expect(byId[0]).toEqual({
          id: first,
          projectId: 1,
          status: 'running',
          webUrl: expect.stringContaining(`/group/app/-/pipelines/${first}`) as string,
          jobs: null,
        });
      });

      test('not those that have not changed since', async () => {
        const { gitlab, create, now } = await begin();
        expect(await gitlab.listPipelines(app, [await create()], now() + 60_000)).toEqual([]);
      });

      test('not those that are gone, of another project, or children', async () => {
        const { gitlab, create, pipelines, now } = await begin();
        const elsewhere = await create({ project: 'group/launcher' });
        const child = pipelines('group/launcher').find(({ source }) => source === 'parent_pipeline');
        const since = now() - 60_000;
        expect(await gitlab.listPipelines(app, [elsewhere, 999 as PipelineId], since)).toEqual([]);
        const ids = [elsewhere, child?.id as PipelineId];
        expect(await gitlab.listPipelines('group/launcher', ids, since)).toMatchObject([{ id: elsewhere }]);
      });

      test('not without an API token, nor of a project that is not there', async () => {
        const { gitlab, connect, create, now } = await begin();
        const ids = [await create()];
        const withoutToken = connect({ apiToken: null, triggerToken: tokens.triggerToken });
        await expect(withoutToken.listPipelines(app, ids, now())).rejects.toEqual(refusal(/401/));
        await expect(gitlab.listPipelines('group/nope', ids, now())).rejects.toEqual(missing);
      });
    });

    test('has nobody wait where it sets no limit', async () => {
      const { gitlab, create } = await begin();
      await create();
      expect(await gitlab.pauseMs()).toBe(0);
    });

    describe('reads a pipeline', () => {
      test('with its jobs in the order in which it runs them', async () => {
        const { gitlab, create } = await begin();
        const reading = await gitlab.readPipeline(app, await create(), { traces: true });
        expect(reading).toMatchObject({ status: 'pending', projectId: 1, failedJobs: [] });
        expect(reading.jobs.map(({ stage }) => stage)).toEqual([
          'build',
          'test',
          'test',
          'deploy',
          'deploy',
          'deploy',
        ]);
        expect(reading.jobs[0]).toMatchObject({
          name: 'build',
          status: 'pending',
          allowFailure: false,
          failureReason: null,
        });
      });

      test('that is blocked, with who blocks it', async () => {
        const { gitlab, id } = await beginBlocked();
        const { status, jobs } = await gitlab.readPipeline(app, id, { traces: false });
        const manual = jobs.filter((job) => job.status === 'manual');
        expect(status).toBe('manual');
        expect(Object.fromEntries(manual.map((job) => [job.name, job.allowFailure]))).toEqual({
          deploy: false,
          rollback: true,
          vault: true,
        });
      });

      test('that failed, with the required jobs that did and the ends of their logs', async () => {
        const { gitlab, create, apply } = await begin();
        const id = await create();
        apply(id, 'success', ['build']);
        apply(id, 'run', ['unit', 'lint']);
        apply(id, 'drop', ['unit', 'lint']);
        const { status, failedJobs } = await gitlab.readPipeline(app, id, { traces: true });
        expect(status).toBe('failed');
        expect(failedJobs).toMatchObject([{ name: 'unit', stage: 'test', failureReason: 'script_failure' }]);
        expect(failedJobs[0]?.traceTail).toContain('boom');
        const quickly = await gitlab.readPipeline(app, id, { traces: false });
        expect(quickly.failedJobs).toMatchObject([{ name: 'unit', traceTail: null }]);
        expect(await gitlab.withTraces(app, quickly.failedJobs)).toEqual(failedJobs);
      });

      test('that was retried, with the newest run of each job, in its stage', async () => {
        const { gitlab, create, apply, jobOf } = await begin();
        const id = await create();
        apply(id, 'success', ['build', 'lint']);
        apply(id, 'drop', ['unit']);
        const failed = await jobOf(id, 'unit');
        await gitlab.retryPipeline(app, id);
        const { jobs } = await gitlab.readPipeline(app, id, { traces: false });
        expect(jobs.filter((job) => job.name === 'unit')).toMatchObject([{ status: 'pending' }]);
        expect(jobs.map((job) => job.id)).not.toContain(failed);
        expect(jobs.map(({ stage }) => stage)).toEqual([
          'build',
          'test',
          'test',
          'deploy',
          'deploy',
          'deploy',
        ]);
      });

      test('with the bridge that blocks it', async () => {
        const { gitlab, create, apply } = await begin();
        const id = await create({ project: 'group/parent' });
        apply(id, 'success', ['build']);
        const { status, jobs } = await gitlab.readPipeline('group/parent', id, { traces: false });
        expect(status).toBe('manual');
        expect(jobs).toMatchObject([
          { name: 'build' },
          { name: 'child', status: 'manual', allowFailure: false },
        ]);
      });

      test('with its bridges where they are asked for', async () => {
        const { gitlab, create } = await begin();
        const id = await create({ project: 'group/parent' });
        const namesOf = async (bridges: boolean) =>
          (await gitlab.readPipeline('group/parent', id, { traces: false, bridges })).jobs.map(
            ({ name }) => name,
          );
        expect([await namesOf(false), await namesOf(true)]).toEqual([['build'], ['build', 'child']]);
      });

      test('not one that is gone, or of another project', async () => {
        const { gitlab, create } = await begin();
        const id = await create();
        await expect(gitlab.readPipeline(app, 999 as PipelineId, { traces: false })).rejects.toEqual(missing);
        await expect(gitlab.readPipeline('group/strict', id, { traces: false })).rejects.toEqual(missing);
      });

      test('not without an API token', async () => {
        const { connect, create } = await begin();
        const id = await create();
        const asked = connect({ apiToken: null, triggerToken: tokens.triggerToken }).readPipeline(app, id, {
          traces: false,
        });
        await expect(asked).rejects.toEqual(refusal(/401/));
      });
    });

    test('retries a failed job once: its retry is another job', async () => {
      const { gitlab, create, apply, jobOf } = await begin();
      const id = await create();
      const build = await jobOf(id, 'build');
      await expect(gitlab.retryJob(app, build)).rejects.toEqual(refusal(/not retryable/));
      apply(id, 'drop', ['build']);
      await gitlab.retryJob(app, build);
      expect(await jobOf(id, 'build')).not.toBe(build);
      await expect(gitlab.retryJob(app, build)).rejects.toEqual(refusal(/not retryable/));
    });

    describe('plays a job', () => {
      test('that waits for it', async () => {
        const { gitlab, id, jobOf } = await beginBlocked();
        await gitlab.playJob(app, await jobOf(id, 'deploy'));
        const { status, jobs } = await gitlab.readPipeline(app, id, { traces: false });
        expect([status, jobs.find((job) => job.name === 'deploy')?.status]).toEqual(['running', 'pending']);
      });

      test('only while it waits to be played, so not twice in a row', async () => {
        const { gitlab, create, apply, jobOf } = await begin();
        const id = await create();
        const deploy = await jobOf(id, 'deploy');
        await expect(gitlab.playJob(app, deploy)).rejects.toEqual(refusal(/Unplayable Job/));
        for (const job of ['build', 'unit', 'lint']) apply(id, 'success', [job]);
        await gitlab.playJob(app, deploy);
        await expect(gitlab.playJob(app, deploy)).rejects.toEqual(refusal(/Unplayable Job/));
      });

      test('that has ended once more: this is why a job is looked at before it is played', async () => {
        const { gitlab, id, jobOf, apply } = await beginBlocked();
        const deploy = await jobOf(id, 'deploy');
        await gitlab.playJob(app, deploy);
        apply(id, 'success', ['deploy']);
        await gitlab.playJob(app, deploy);
        expect(await jobOf(id, 'deploy')).not.toBe(deploy);
      });

      test('with variables', async () => {
        const { gitlab, id, jobOf, pipelines } = await beginBlocked();
        await gitlab.playJob(app, await jobOf(id, 'deploy'), { ENV: 'prod', EMPTY: '', ODD: 'a&b=c d' });
        const [pipeline] = pipelines(app);
        expect(pipeline?.jobs.find((job) => job.name === 'deploy')?.variables).toEqual({
          ENV: 'prod',
          EMPTY: '',
          ODD: 'a&b=c d',
        });
      });

      test('that is a bridge', async () => {
        const { gitlab, create, apply, pipelines } = await begin();
        const id = await create({ project: 'group/parent' });
        apply(id, 'success', ['build']);
        const { jobs } = await gitlab.readPipeline('group/parent', id, { traces: false });
        const bridge = jobs.find((job) => job.name === 'child');
        await gitlab.playJob('group/parent', bridge?.id as JobId);
        expect(pipelines('group/parent').map(({ source }) => source)).toEqual(['api', 'parent_pipeline']);
      });

      test('but not one that it may not play', async () => {
        const { gitlab, id, jobOf } = await beginBlocked();
        await expect(gitlab.playJob(app, await jobOf(id, 'vault'))).rejects.toEqual(refusal(/403/));
      });

      test('but not one that is not there', async () => {
        const { gitlab } = await begin();
        await expect(gitlab.playJob(app, 999 as JobId)).rejects.toEqual(missing);
      });

      test.each<[Trouble, string]>([
        ['reset before', 'manual'],
        ['reset after', 'pending'],
        ['bad gateway', 'manual'],
        ['too many requests', 'manual'],
      ])('%s: once', async (trouble, expected) => {
        const { gitlab, id, jobOf, disturb, pipelines } = await beginBlocked();
        const deploy = await jobOf(id, 'deploy');
        disturb('playJob', trouble);
        expect(await unansweredBy(gitlab.playJob(app, deploy))).toMatchObject({ code: 'gitlab_unavailable' });
        expect(pipelines(app)[0]?.jobs.find((job) => job.name === 'deploy')?.status).toBe(expected);
      });
    });

    describe('sets a status on a pipeline', () => {
      async function beginStatus() {
        const begun = await begin();
        const pipelineId = await begun.create();
        const { sha } = await begun.gitlab.showPipeline(app, pipelineId);
        const status = {
          sha,
          pipelineId,
          name: 'downstream',
          targetUrl: 'https://x.test/1',
          description: null,
        };
        const shown = () => begun.gitlab.commitStatuses(app, status);
        return { ...begun, status, shown };
      }

      test('that moves on', async () => {
        const { gitlab, status, shown } = await beginStatus();
        expect(await shown()).toEqual([]);
        for (const state of ['pending', 'running', 'failed'] as const)
          await gitlab.postCommitStatus(app, { ...status, state });
        expect(await shown()).toEqual([{ state: 'failed', targetUrl: 'https://x.test/1' }]);
      });

      test('which may fail, as a job of the pipeline does not', async () => {
        const { gitlab, status, apply } = await beginStatus();
        const { pipelineId } = status;
        const hasFailed = async () => {
          const { jobs } = await gitlab.readPipeline(app, pipelineId, { traces: false, bridges: true });
          return gitlab.hasFailedStatus(app, status, jobs);
        };
        apply(pipelineId, 'drop', ['build']);
        await gitlab.postCommitStatus(app, { ...status, state: 'running' });
        expect(await hasFailed()).toBe(false);
        await gitlab.postCommitStatus(app, { ...status, state: 'failed' });
        expect(await hasFailed()).toBe(true);
        await gitlab.postCommitStatus(app, { ...status, state: 'success' });
        expect(await hasFailed()).toBe(false);
      });

      test('but not the same twice', async () => {
        const { gitlab, status } = await beginStatus();
        await gitlab.postCommitStatus(app, { ...status, state: 'running' });
        await expect(gitlab.postCommitStatus(app, { ...status, state: 'running' })).rejects.toEqual(
          expect.objectContaining({
            status: 400,
            message: expect.stringMatching(/Cannot transition/) as string,
          }),
        );
      });

      test('but not on one that is not there', async () => {
        const { gitlab, status } = await beginStatus();
        const elsewhere = { ...status, pipelineId: 999 as PipelineId, state: 'running' } as const;
        await expect(gitlab.postCommitStatus(app, elsewhere)).rejects.toEqual(missing);
      });
    });

    describe('cancels a pipeline', () => {
      test('and what it has started', async () => {
        const { gitlab, create, apply, pipelines } = await begin();
        const id = await create({ project: 'group/parent' });
        apply(id, 'success', ['build']);
        apply(id, 'play', ['child']);
        expect(pipelines('group/parent').map(({ status }) => status)).toEqual(['running', 'pending']);
        await gitlab.cancelPipeline('group/parent', id);
        expect(pipelines('group/parent').map(({ status }) => status)).toEqual(['canceled', 'canceled']);
      });

      test('and what it has started and does not wait for', async () => {
        const { gitlab, create, pipelines } = await begin();
        const id = await create({ project: 'group/launcher' });
        expect(pipelines('group/launcher').map(({ source }) => source)).toEqual(['api', 'parent_pipeline']);
        await gitlab.cancelPipeline('group/launcher', id);
        expect(pipelines('group/launcher').map(({ status }) => status)).toEqual(['canceled', 'canceled']);
      });

      test('that has ended: nothing happens, and it says yes', async () => {
        const { gitlab, create, apply, pipelines } = await begin();
        const id = await create();
        apply(id, 'drop', ['build']);
        await gitlab.cancelPipeline(app, id);
        expect(pipelines(app)[0]?.status).toBe('failed');
      });

      test('but not one that is not there', async () => {
        const { gitlab } = await begin();
        await expect(gitlab.cancelPipeline(app, 999 as PipelineId)).rejects.toEqual(missing);
      });
    });

    test('retries a pipeline that has nothing to retry: nothing happens, and it says yes', async () => {
      const { gitlab, create, pipelines } = await begin();
      const id = await create();
      const before = pipelines(app)[0]?.jobs.map((job) => job.id);
      await gitlab.retryPipeline(app, id);
      expect(pipelines(app)[0]?.jobs.map((job) => job.id)).toEqual(before);
    });

    describe('reads a log', () => {
      test('as it is', async () => {
        const { gitlab, create, apply, jobOf } = await begin();
        const id = await create();
        apply(id, 'success', ['build']);
        apply(id, 'run', ['unit']);
        expect(await textOf(gitlab.readTrace(app, await jobOf(id, 'unit')))).toBe(
          'one\ntwo\n\u001b[31mboom\u001b[0m\n',
        );
      });

      test('empty, of a job that has not run', async () => {
        const { gitlab, create, jobOf } = await begin();
        expect(await textOf(gitlab.readTrace(app, await jobOf(await create(), 'unit')))).toBe('');
      });

      test('but not of a job that is not there', async () => {
        const { gitlab } = await begin();
        await expect(gitlab.readTrace(app, 999 as JobId)).rejects.toEqual(missing);
      });
    });
  });
}
