import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { TriggerView } from '../../../src/api/trigger-view.ts';
import { eventually } from '../../support/eventually.ts';
import { triggerToken } from '../../support/scenario.ts';
import { startService } from '../../support/start-service.ts';

const world = await startService();
afterAll(world.stop);
afterEach(() => {
  world.simulator.faults.api.splice(0);
  world.simulator.faults.hooks.splice(0);
});

const steer = (id: string, how: string, body?: unknown) =>
  world.call('POST', `/v1/triggers/${id}/${how}`, body === undefined ? {} : { body });

/** A trigger whose pipeline a test moves. */
async function standing(): Promise<{ id: string; pipelineId: number }> {
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
  return { id, pipelineId: await world.pipelineOf(id) };
}

async function finishedTrigger(request: object): Promise<TriggerView> {
  const { id } = await world.trigger({ ref: 'main', ...request });
  return world.finished(id);
}

/** How often GitLab was asked to do this. */
const askedFor = (path: RegExp): number =>
  world.simulator.requests.filter((request) => request.method === 'POST' && path.test(request.path)).length;

describe('cancel', () => {
  test('cancels the pipeline, and ends the trigger when it is canceled', async () => {
    const { id, pipelineId } = await standing();
    const answer = await steer(id, 'cancel');
    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({ id, state: 'pending' });
    expect(await world.finished(id)).toMatchObject({ outcome: 'canceled', reason: 'canceled by admin' });
    expect(world.simulator.pipeline(pipelineId).status).toBe('canceled');
  });

  test('may be asked for twice, and of a finished trigger', async () => {
    const { id, pipelineId } = await standing();
    const answers = await Promise.all([steer(id, 'cancel'), steer(id, 'cancel')]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    const trigger = await world.finished(id);
    expect(askedFor(new RegExp(`/pipelines/${pipelineId}/cancel$`))).toBe(1);
    const late = await steer(id, 'cancel');
    expect({ status: late.status, json: late.json }).toEqual({ status: 202, json: trigger });
    const green = await finishedTrigger({ project: 'group/green' });
    expect((await steer(green.id, 'cancel')).json).toEqual(green);
  });
});

describe('play', () => {
  test('plays the job that blocks, and waits on', async () => {
    const { id } = await finishedTrigger({ project: 'group/manual' });
    const answer = await steer(id, 'play');
    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({ id, state: 'pending', outcome: null });
    expect(await world.finished(id)).toMatchObject({
      outcome: 'success',
      playedJobs: [{ name: 'deploy', stage: 'deploy' }],
    });
  });

  test('plays the jobs that are named, optional ones among them', async () => {
    const { id } = await finishedTrigger({ project: 'group/manual' });
    expect((await steer(id, 'play', { jobs: ['rollback'] })).status).toBe(202);
    // The other one still blocks.
    expect(await world.finished(id)).toMatchObject({ outcome: 'manual', playedJobs: [{ name: 'rollback' }] });
  });

  test('plays a job once, however often it is asked for', async () => {
    const { id, pipelineId } = await finishedTrigger({ project: 'group/manual' });
    const [deploy] = world.simulator.pipeline(pipelineId ?? 0).jobs.filter(({ name }) => name === 'deploy');
    const answers = await Promise.all([
      steer(id, 'play'),
      steer(id, 'play', {}),
      steer(id, 'play', { jobs: null }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    await world.finished(id);
    expect((await steer(id, 'play')).json).toMatchObject({ outcome: 'success' });
    expect(askedFor(new RegExp(`/jobs/${deploy?.id}/play$`))).toBe(1);
  });

  test('changes nothing where there is nothing to play', async () => {
    const green = await finishedTrigger({ project: 'group/green' });
    expect((await steer(green.id, 'play')).json).toEqual(green);
    const broken = await finishedTrigger({ project: 'group/broken' });
    expect((await steer(broken.id, 'play')).json).toEqual(broken);
  });

  test.each([['{'], ['[]'], ['{"jobs":[]}'], ['{"jobs":"deploy"}'], ['{"jobs":[5]}'], ['{"job":"deploy"}']])(
    'is not understood with %s',
    async (body) => {
      const { id } = await standing();
      const answer = await steer(id, 'play', body);
      expect(answer.json).toMatchObject({ type: '/problems/invalid', status: 400 });
    },
  );

  test('is a problem when GitLab cannot be reached', async () => {
    const { id } = await finishedTrigger({ project: 'group/manual' });
    world.simulator.faults.api.push({ kind: 'status', status: 502 });
    expect((await steer(id, 'play')).json).toMatchObject({
      type: '/problems/gitlab_unavailable',
      status: 503,
    });
  });
});

describe('retry', () => {
  test('runs again what failed, in the same pipeline', async () => {
    const { id, pipelineId } = await finishedTrigger({ project: 'group/flaky' });
    const before = world.simulator.pipelines('group/flaky').length;
    const answer = await steer(id, 'retry');
    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({ id, state: 'pending', outcome: null, finishedAt: null });
    expect(await world.finished(id)).toMatchObject({ outcome: 'success', pipelineId, failedJobs: [] });
    expect(world.simulator.pipelines('group/flaky')).toHaveLength(before);
  });

  test('may be requested twice concurrently', async () => {
    const { id, pipelineId } = await finishedTrigger({ project: 'group/flaky' });
    const answers = await Promise.all([steer(id, 'retry'), steer(id, 'retry')]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    expect(await world.finished(id)).toMatchObject({ outcome: 'success' });
    const units = world.simulator.pipeline(pipelineId ?? 0).jobs.filter(({ name }) => name === 'unit');
    expect(units.map(({ status }) => status)).toEqual(['failed', 'success']);
  });

  test('leaves a success as it is', async () => {
    const trigger = await finishedTrigger({ project: 'group/green' });
    const answer = await steer(trigger.id, 'retry');
    expect({ status: answer.status, json: answer.json }).toEqual({ status: 202, json: trigger });
    expect(askedFor(new RegExp(`/pipelines/${trigger.pipelineId}/retry$`))).toBe(0);
  });

  test('leaves a trigger without a pipeline as it is', async () => {
    const trigger = await finishedTrigger({ project: 'group/broken' });
    expect((await steer(trigger.id, 'retry')).json).toEqual(trigger);
  });
});

describe('reconcile', () => {
  test('finishes a trigger whose end no webhook reported', async () => {
    const { id, pipelineId } = await standing();
    world.simulator.faults.hooks.push({ kind: 'drop' });
    world.simulator.apply(pipelineId, 'cancel');
    expect((await world.call('GET', `/v1/triggers/${id}`)).json).toMatchObject({ state: 'pending' });
    const answer = await steer(id, 'reconcile');
    expect(answer.status).toBe(202);
    expect(await world.finished(id)).toMatchObject({ outcome: 'canceled' });
  });

  test('changes nothing where nothing happened', async () => {
    const trigger = await finishedTrigger({ project: 'group/green' });
    const answer = await steer(trigger.id, 'reconcile');
    expect({ status: answer.status, json: answer.json }).toEqual({ status: 202, json: trigger });
  });
});

describe('resolve', () => {
  test('ends a trigger as an admin says', async () => {
    const { id, pipelineId } = await standing();
    const waiting = world.call('GET', `/v1/triggers/${id}/wait?wait=20`);
    await eventually(() => expect(world.waiters(id)).toBe(1));
    const answer = await steer(id, 'resolve', { outcome: 'success', reason: 'deployed by hand' });
    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({
      id,
      state: 'finished',
      outcome: 'success',
      reason: 'deployed by hand',
    });
    expect((await waiting).status).toBe(200);
    expect(world.simulator.pipeline(pipelineId).status).toBe('pending');
  });

  test('does not change an end', async () => {
    const trigger = await finishedTrigger({ project: 'group/failing' });
    const answer = await steer(trigger.id, 'resolve', { outcome: 'success', reason: 'a guess' });
    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({ outcome: 'failed', reason: null });
  });

  test.each([
    ['nothing', {}],
    ['no reason', { outcome: 'success' }],
    ['an empty reason', { outcome: 'success', reason: '' }],
    ['no outcome', { reason: 'because' }],
    ['an unknown outcome', { outcome: 'passed', reason: 'because' }],
    ['too much', { outcome: 'success', reason: 'because', by: 'me' }],
  ])('is not understood with %s', async (_what, body) => {
    const { id } = await standing();
    expect((await steer(id, 'resolve', body)).json).toMatchObject({ type: '/problems/invalid', status: 400 });
  });

  test('needs JSON', async () => {
    const { id } = await standing();
    expect((await steer(id, 'resolve')).json).toMatchObject({
      type: '/problems/unsupported_media_type',
      status: 415,
    });
  });
});

test.each([['cancel'], ['play'], ['retry'], ['reconcile'], ['resolve']])(
  '%s of an unknown trigger is a problem',
  async (how) => {
    const answer = await steer('trg_unknown', how, { outcome: 'success', reason: 'because' });
    expect(answer.json).toMatchObject({ type: '/problems/not_found', status: 404 });
  },
);

test('without a token that may, nothing is played and a cancellation waits for the pipeline’s end', async () => {
  const other = await startService({ env: { GITLAB_TOKEN: '', GITLAB_TRIGGER_TOKEN: triggerToken } });
  try {
    const { id } = await other.trigger({ project: 'group/app', ref: 'main' });
    const pipelineId = await other.pipelineOf(id);
    const play = await other.call('POST', `/v1/triggers/${id}/play`);
    expect(play.json).toMatchObject({
      type: '/problems/gitlab_refused',
      status: 422,
      detail: 'there is no GitLab token to play jobs',
    });
    expect((await other.call('POST', `/v1/triggers/${id}/cancel`)).status).toBe(202);
    expect(other.simulator.pipeline(pipelineId).status).toBe('pending');
    other.simulator.apply(pipelineId, 'cancel');
    expect(await other.finished(id)).toMatchObject({ outcome: 'canceled' });
  } finally {
    await other.stop();
  }
});
