import { describe, expect, test } from 'vitest';
import type { Delivery, HookCredential, Payload } from '../../../src/domain/delivery.ts';
import type { JobId, PipelineId, TriggerId } from '../../../src/domain/ids.ts';
import { settled } from '../../fakes/fake-clock.ts';
import { failing, held } from '../../fakes/intercept.ts';
import { refusal, unreachable } from '../../fakes/failures.ts';
import { createOutside, quietMs, startEngine } from '../start-engine.ts';

type PipelinePayload = Extract<Payload, { readonly kind: 'pipeline' }>;

const shared: HookCredential = { kind: 'shared' };
const answerMs = 2_000;

/** The delivery, with other words in it, by a secret that several projects share. */
function forged(
  delivery: Delivery,
  change: (payload: PipelinePayload) => Partial<PipelinePayload> = () => ({}),
  credential: HookCredential = shared,
): Delivery {
  const { payload } = delivery;
  if (payload.kind !== 'pipeline') throw new Error('not of a pipeline');
  const id = `${delivery.id}_forged` as Delivery['id'];
  return { ...delivery, id, credential, payload: { ...payload, ...change(payload) } };
}

const withStatus =
  (status: string, projectId?: number) =>
  ({ pipeline }: PipelinePayload): Partial<PipelinePayload> => ({
    pipeline: { ...pipeline, status, projectId: projectId ?? pipeline.projectId },
  });

/** A trigger whose pipeline runs. */
async function beginRunning(options: Parameters<typeof startEngine>[2] = {}) {
  const engine = startEngine(createOutside(), {}, options);
  const id = await engine.start();
  engine.gitlab.apply('run', ['build']);
  await engine.hook();
  return { ...engine, id, before: await engine.find(id) };
}

describe('a hook of another project, by any secret', () => {
  test.each([['success'], ['failed'], ['canceled'], ['skipped'], ['manual'], ['running']])(
    'changes nothing of a pipeline of the same id: %s',
    async (status) => {
      const { id, before, deliver, gitlab, find, count } = await beginRunning({ webhookTrust: 'all' });
      await deliver(forged(gitlab.pipelineHook(), withStatus(status, 2)));
      expect([await find(id), count('readPipeline')]).toEqual([before, 0]);
    },
  );

  test('changes nothing of its jobs', async () => {
    const { id, before, deliver, gitlab, find } = await beginRunning();
    gitlab.apply('success', ['build']);
    const delivery = gitlab.jobHook('build');
    await deliver({ ...delivery, payload: { ...delivery.payload, projectId: 2 } as Payload });
    expect(await find(id)).toEqual(before);
  });

  test('has nothing read where it cannot be read itself', async () => {
    const { id, deliver, gitlab, find, count, before } = await beginRunning();
    const pipelineId = (gitlab.pipelines()[0]?.id ?? 0) as PipelineId;
    const payload: Payload = { kind: 'unreadable', reason: 'x', pipelineId, projects: ['group/mine', '2'] };
    await deliver({ ...gitlab.pipelineHook(), payload });
    expect([await find(id), count('readPipeline')]).toEqual([before, 0]);
  });

  test('is found in the inbox and changes nothing', async () => {
    const { start, deliver, gitlab, outcomeOf } = startEngine();
    const answer = held('after');
    gitlab.next('createPipeline', answer.interception);
    const id = await start();
    await deliver(
      forged(gitlab.pipelineHook(), (payload) => ({ ...withStatus('success', 2)(payload), triggerId: null })),
    );
    answer.release();
    await settled();
    expect(await outcomeOf(id)).toBeNull();
  });
});

describe('a hook of the right project by a shared secret', () => {
  test.each([['success'], ['failed'], ['canceled'], ['skipped']])(
    'ends nothing while GitLab says running: %s',
    async (status) => {
      const { id, deliver, gitlab, outcomeOf, find, count } = await beginRunning();
      await deliver(forged(gitlab.pipelineHook(), withStatus(status)));
      expect([await outcomeOf(id), count('readPipeline')]).toEqual([null, 1]);
      expect((await find(id)).state).toMatchObject({ pipeline: { status: 'running' } });
    },
  );

  test('ends the trigger after one read that confirms it', async () => {
    const { id, deliver, gitlab, outcomeOf, count } = await beginRunning();
    for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
    await deliver(forged(gitlab.pipelineHook()));
    expect([await outcomeOf(id), count('readPipeline')]).toEqual(['success', 1]);
  });

  test('is confirmed later where GitLab gives no answer now', async () => {
    const { id, deliver, gitlab, outcomeOf, clock } = await beginRunning();
    for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
    gitlab.next('readPipeline', failing(unreachable()));
    await deliver(forged(gitlab.pipelineHook()));
    expect(await outcomeOf(id)).toBeNull();
    await clock.advance(1_000);
    expect(await outcomeOf(id)).toBe('success');
  });

  test('shows how the pipeline gets on without a read', async () => {
    const { start, deliver, gitlab, find, count } = startEngine();
    const id = await start();
    gitlab.apply('run', ['build']);
    await deliver(forged(gitlab.pipelineHook()));
    expect((await find(id)).state).toMatchObject({ pipeline: { status: 'running' } });
    expect(count('readPipeline')).toBe(0);
  });

  test.each<[string, boolean]>([
    ['a pipeline hook', false],
    ['a job hook', true],
  ])('does not keep the sweep away with progress that it makes up, by %s', async (_kind, isOfJob) => {
    const { start, deliver, gitlab, engine, clock, outcomeOf } = startEngine();
    const stopping = new AbortController();
    const sweeping = engine.sweep.run(stopping.signal);
    const id = await start();
    const [template, ofJob] = [gitlab.pipelineHook(), gitlab.jobHook('build')];
    for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
    let minutes = 0;
    for (; minutes < 60 && (await outcomeOf(id)) === null; minutes += 1) {
      await clock.advance(quietMs / 2);
      const status = minutes % 2 === 0 ? 'pending' : 'running';
      const { payload } = ofJob;
      if (payload.kind !== 'job') throw new Error('not of a job');
      const words = { ...payload, job: { ...payload.job, status, id: (9_000 + minutes) as JobId } };
      const hook = isOfJob
        ? { ...ofJob, payload: words, credential: shared }
        : forged(template, withStatus(status));
      await deliver({ ...hook, id: `dlv_${minutes}` as Delivery['id'], receivedAt: clock.now() });
    }
    stopping.abort();
    await sweeping;
    expect(await outcomeOf(id)).toBe('success');
    expect(minutes / 2).toBeLessThanOrEqual(6);
  });

  test('plays nothing while the pipeline runs, and no other job than GitLab shows under the name', async () => {
    const { start, deliver, gitlab, count, find } = startEngine();
    const id = await start({ project: 'group/manual', onManual: 'play', jobs: ['approve'] });
    const disguised = ({ pipeline }: PipelinePayload): Partial<PipelinePayload> => ({
      pipeline: {
        ...pipeline,
        status: 'manual',
        jobs: (pipeline.jobs ?? []).map((job) => ({
          ...job,
          ...(job.name === 'rollback' ? { name: 'approve', status: 'manual', allowFailure: false } : {}),
        })),
      },
    });
    await deliver(forged(gitlab.pipelineHook(), disguised));
    expect([count('playJob'), (await find(id)).played]).toEqual([0, []]);
    gitlab.apply('success', ['build']);
    await deliver({ ...forged(gitlab.pipelineHook(), disguised), id: 'dlv_again' as Delivery['id'] });
    const rollback = gitlab.pipelines()[0]?.jobs.find(({ name }) => name === 'rollback');
    expect([count('playJob'), rollback?.status]).toEqual([1, 'manual']);
  });

  test('is final with WEBHOOK_TRUST=all', async () => {
    const { id, deliver, gitlab, outcomeOf, count } = await beginRunning({ webhookTrust: 'all' });
    for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
    await deliver(forged(gitlab.pipelineHook()));
    expect([await outcomeOf(id), count('readPipeline')]).toEqual(['success', 0]);
  });
});

describe('a hook by the own secret of a project', () => {
  test('is final', async () => {
    const { id, hook, gitlab, outcomeOf, count } = await beginRunning();
    for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
    await hook();
    expect([await outcomeOf(id), count('readPipeline')]).toEqual(['success', 0]);
  });

  test('of another GitLab, where projects may have the same ids, is confirmed', async () => {
    const { id, deliver, gitlab, outcomeOf, count } = await beginRunning();
    const credential = { kind: 'project', origin: 'https://other.example.com', isCurrent: true } as const;
    await deliver(forged(gitlab.pipelineHook(), withStatus('success'), credential));
    expect([await outcomeOf(id), count('readPipeline')]).toEqual([null, 1]);
  });
});

test.each([
  ['https://evil.example.com/group/app/-/pipelines/1'],
  ['https://gitlab.example.com.evil.example/group/app/-/pipelines/1'],
])('a hook that leads to another host has GitLab read in its place: %s', async (webUrl) => {
  const { id, deliver, gitlab, find, outcomeOf, count } = await beginRunning({ webhookTrust: 'all' });
  const elsewhere = ({ pipeline }: PipelinePayload) => ({
    pipeline: { ...pipeline, status: 'success', webUrl },
  });
  await deliver(forged(gitlab.pipelineHook(), elsewhere));
  expect([await outcomeOf(id), count('readPipeline')]).toEqual([null, 1]);
  expect(JSON.stringify(await find(id))).not.toContain('evil');
});

describe('a forged start', () => {
  async function beginSlow(service: Parameters<typeof startEngine>[1] = {}) {
    const engine = startEngine(createOutside(), service);
    const answer = held('after');
    engine.gitlab.next('createPipeline', answer.interception);
    const id = await engine.start();
    return { ...engine, id, answer };
  }

  test('with a pipeline of a private project asks nothing of that project', async () => {
    const { id, deliver, gitlab, find, answer, clock } = await beginSlow();
    const [own] = gitlab.pipelines();
    const secret = { id: 999 as PipelineId, projectId: 2, status: 'running', webUrl: null, jobs: [] };
    await deliver(forged(gitlab.pipelineHook(), () => ({ pipeline: secret })));
    await clock.advance(answerMs);
    expect((await find(id)).state.kind).toBe('requested');
    const asked = gitlab.calls.filter((call) => !call.startsWith('createPipeline'));
    expect(asked.map((call) => call.split(' ').slice(0, 2))).toEqual([['findStarted', 'group/app']]);
    answer.release();
    await settled();
    expect((await find(id)).state).toMatchObject({ pipeline: { id: own?.id, projectId: 1 } });
  });

  test('takes the project id from GitLab', async () => {
    const { id, deliver, gitlab, find, clock } = await beginSlow();
    await deliver(forged(gitlab.pipelineHook(), withStatus('running', 2)));
    await clock.advance(answerMs);
    expect((await find(id)).state).toMatchObject({ kind: 'running', pipeline: { projectId: 1 } });
  });

  /** GitLab cannot be reached to create the pipeline of a trigger, while a developer runs one that carries its id. */
  async function beginBeside(
    ref: string,
    request: Parameters<ReturnType<typeof startEngine>['start']>[0] = {},
  ) {
    const engine = startEngine();
    const { gitlab } = engine;
    gitlab.push('group/app', 'feature');
    gitlab.next('createPipeline', failing(unreachable()));
    const id = await engine.start(request);
    const developer = gitlab.connect({ url: gitlab.url, apiToken: 'glpat-developer', triggerToken: null });
    const variables = { PIPELINE_TRIGGER_ID: id };
    const { pipeline } = await developer.createPipeline({ project: 'group/app', ref, variables, inputs: {} });
    return { ...engine, id, pipelineId: pipeline.id };
  }

  test('by a pipeline of another ref that carries our id is none, whatever the hook says', async () => {
    const { id, pipelineId, gitlab, deliver, find, clock } = await beginBeside('feature');
    await deliver(gitlab.pipelineHook(pipelineId));
    await deliver(forged(gitlab.pipelineHook(pipelineId), () => ({ ref: 'main' })));
    await clock.advance(60_000);
    const { state } = await find(id);
    const followed = state.kind === 'running' ? state.pipeline.id : null;
    expect(gitlab.pipelines().find((each) => each.id === followed)?.ref).toBe('main');
  });

  test('of a ref in its full form is known in its short form', async () => {
    const { id, pipelineId, gitlab, hook, find, clock } = await beginBeside('main', {
      ref: 'refs/heads/main',
    });
    gitlab.next('createPipeline', ...Array.from({ length: 8 }, () => failing(unreachable())));
    await hook(pipelineId);
    await clock.advance(answerMs);
    expect((await find(id)).state).toMatchObject({ kind: 'running', pipeline: { id: pipelineId } });
  });
});

describe('the upstream pipeline', () => {
  async function beginWithUpstream(project = 'group/app') {
    const engine = startEngine();
    await engine.start();
    const [parent] = engine.gitlab.pipelines();
    const upstream = { project, pipelineId: (parent?.id ?? 0) as PipelineId, jobId: null };
    const id = await engine.start({ project: 'group/manual', upstream, cancelWithUpstream: true });
    return { ...engine, id, parentId: parent?.id ?? 0 };
  }

  test.each([
    ['of another project', 2],
    ['of its own project', 1],
  ])('is not canceled by a forged hook %s', async (_what, projectId) => {
    const { id, parentId, deliver, gitlab, find, clock, count } = await beginWithUpstream();
    const canceled = forged(gitlab.pipelineHook(parentId), (payload) => ({
      ...withStatus('canceled', projectId)(payload),
      projectPath: projectId === 1 ? payload.projectPath : 'group/manual',
    }));
    await deliver({ ...canceled, credential: { kind: 'project', origin: gitlab.url, isCurrent: true } });
    await clock.advance(15_000);
    expect([(await find(id)).cancel, count('cancelPipeline')]).toEqual([null, 0]);
  });

  test('is canceled once GitLab says so, also where a replica is late', async () => {
    const { id, parentId, deliver, gitlab, find, clock } = await beginWithUpstream();
    const canceled = forged(gitlab.pipelineHook(parentId), withStatus('canceled'));
    await deliver(canceled);
    expect((await find(id)).cancel).toBeNull();
    gitlab.apply('cancel', [], parentId);
    await clock.advance(2_000);
    expect((await find(id)).cancel).toMatchObject({ reason: 'the upstream pipeline was canceled' });
  });

  test('that GitLab does not show cancels nothing, and is logged', async () => {
    const { id, parentId, hook, gitlab, find, lines } = await beginWithUpstream();
    gitlab.apply('cancel', [], parentId);
    // The parent has a trigger of its own, which reads it as well.
    const refused = failing(refusal('403 Forbidden'));
    gitlab.next('readPipeline', refused, refused);
    await hook(parentId);
    expect((await find(id)).cancel).toBeNull();
    expect(lines).toContain(
      'GitLab does not show the upstream pipeline, which a webhook reports as canceled',
    );
  });

  test('whose end a stop kept from being confirmed is asked about after the start', async () => {
    const outside = createOutside();
    const before = startEngine(outside);
    await before.start();
    const parentId = outside.gitlab.pipelines()[0]?.id ?? 0;
    const upstream = { project: 'group/app', pipelineId: parentId as PipelineId, jobId: null };
    const id = await before.start({ project: 'group/manual', upstream, cancelWithUpstream: true });
    outside.gitlab.apply('cancel', [], parentId);
    outside.gitlab.next('readPipeline', () => new Promise(() => undefined));
    await before.hook(parentId);
    before.kill();
    const { engine, find } = startEngine(outside);
    await engine.sweep.resume();
    await settled();
    expect((await find(id)).cancel).toMatchObject({ reason: 'the upstream pipeline was canceled' });
  });
});

describe('where no token may read', () => {
  async function beginBlind() {
    const engine = startEngine(createOutside(), { apiToken: null });
    const id = await engine.start();
    for (const job of ['build', 'unit']) engine.gitlab.apply('success', [job]);
    return { ...engine, id };
  }

  test('a hook by a shared secret proves the end when all of it fits', async () => {
    const { id, deliver, gitlab, outcomeOf } = await beginBlind();
    await deliver(forged(gitlab.pipelineHook()));
    expect(await outcomeOf(id)).toBe('success');
  });

  test('so it does the end of a failed pipeline', async () => {
    const { start, deliver, gitlab, outcomeOf } = startEngine(createOutside(), { apiToken: null });
    const id = await start();
    gitlab.apply('drop', ['build']);
    await deliver(forged(gitlab.pipelineHook()));
    expect(await outcomeOf(id)).toBe('failed');
  });

  test.each<[string, Partial<PipelinePayload>, Partial<Delivery>]>([
    ['another ref', { ref: 'feature' }, {}],
    ['another path', { projectPath: 'group/mine' }, {}],
    ['another trigger', { triggerId: 'trg_other' as TriggerId }, {}],
    ['no trigger', { triggerId: null }, {}],
    ['another GitLab', {}, { instance: 'https://other.example.com' }],
  ])('but not with %s', async (_what, payload, delivery) => {
    const { id, deliver, gitlab, outcomeOf } = await beginBlind();
    await deliver({ ...forged(gitlab.pipelineHook(), () => payload), ...delivery });
    expect(await outcomeOf(id)).toBeNull();
  });

  test('a pipeline that GitLab lets carry no id is known without it', async () => {
    const { start, deliver, gitlab, outcomeOf } = startEngine(createOutside(), { apiToken: null });
    const id = await start({ project: 'group/strict' });
    gitlab.apply('success', ['build']);
    await deliver(forged(gitlab.pipelineHook()));
    expect(await outcomeOf(id)).toBe('success');
  });

  test('a start is proven the same way, and its project is the one asked for', async () => {
    const { start, deliver, gitlab, find, clock } = startEngine(createOutside(), { apiToken: null });
    gitlab.next('createPipeline', held('after').interception);
    const id = await start();
    await deliver(forged(gitlab.pipelineHook(), () => ({ ref: 'feature' })));
    await clock.advance(answerMs);
    expect((await find(id)).state.kind).toBe('requested');
    await deliver(gitlab.pipelineHook());
    await clock.advance(answerMs);
    expect((await find(id)).state).toMatchObject({ kind: 'running', pipeline: { projectId: 0 } });
  });
});
