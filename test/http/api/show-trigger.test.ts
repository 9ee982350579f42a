import { afterAll, describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { startService } from '../../support/start-service.ts';

const world = await startService({ hooks: false });
afterAll(world.stop);

const show = (id: string, headers: Readonly<Record<string, string>> = {}) =>
  world.call('GET', `/v1/triggers/${id}`, { headers });

/** A trigger whose pipeline stands still. */
async function standing(): Promise<{ id: string; pipelineId: number; etag: string }> {
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
  const pipelineId = await world.pipelineOf(id);
  const { headers } = await show(id);
  return { id, pipelineId, etag: headers.get('etag') ?? '' };
}

/** Has the trigger finish as its pipeline does. */
async function reconciled(id: string): Promise<void> {
  await eventually(async () => {
    await world.call('POST', `/v1/triggers/${id}/reconcile`);
    expect((await show(id)).json).toMatchObject({ state: 'finished' });
  });
}

const isHeld = (id: string) => eventually(() => expect(world.waiters(id)).toBe(1));

test('is shown with 200 whatever its outcome', async () => {
  for (const [project, outcome] of [
    ['group/green', 'success'],
    ['group/failing', 'failed'],
    ['group/broken', 'error'],
    ['group/manual', 'manual'],
  ] as const) {
    const { id } = await world.trigger({ project, ref: 'main' });
    await reconciled(id);
    const answer = await show(id);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ id, project, state: 'finished', outcome });
  }
});

test.each([['trg_unknown'], ['%00'], ['%E0%A4%A'], ['x'.repeat(3_000)]])('is not found as %s', async (id) => {
  const answer = await show(id);
  expect(answer.json).toMatchObject({ type: '/problems/not_found', status: 404, title: 'Not found' });
  expect(answer.status).toBe(404);
});

describe('the tag of a trigger', () => {
  test('stays while nothing changes, also when callers come and go', async () => {
    const { id, etag } = await standing();
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    const waiting = world.call('GET', `/v1/triggers/${id}/wait?wait=1`);
    await isHeld(id);
    const answer = await show(id);
    expect(answer.headers.get('etag')).toBe(etag);
    expect(answer.json).toMatchObject({ waiters: 1 });
    await waiting;
  });

  test('saves the answer: 304, without a body', async () => {
    const { id, etag } = await standing();
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await show(id, { 'if-none-match': known });
      expect({ status: answer.status, text: answer.text }).toEqual({ status: 304, text: '' });
      expect(answer.headers.get('etag')).toBe(etag);
    }
    expect((await show(id, { 'if-none-match': '"other"' })).status).toBe(200);
  });

  test('changes with the trigger', async () => {
    const { id, pipelineId, etag } = await standing();
    world.simulator.apply(pipelineId, 'cancel');
    await reconciled(id);
    const answer = await show(id, { 'if-none-match': etag });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('etag')).not.toBe(etag);
  });
});

describe('Prefer: wait', () => {
  const prefer = { prefer: 'respond-async, wait=10' };

  test('holds the answer until something changes', async () => {
    const { id, pipelineId } = await standing();
    const answering = show(id, prefer);
    await isHeld(id);
    world.simulator.apply(pipelineId, 'run', ['build']);
    await world.call('POST', `/v1/triggers/${id}/reconcile`);
    const answer = await answering;
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ state: 'pending', pipelineStatus: 'running' });
    expect(answer.headers.get('preference-applied')).toBe('wait=10');
    expect(answer.headers.get('cache-control')).toBe('private, no-cache');
  });

  test('holds nothing when the caller knows an older state', async () => {
    const { id } = await standing();
    const answer = await show(id, { ...prefer, 'if-none-match': '"older"' });
    expect(answer.status).toBe(200);
  });

  test('holds nothing when the trigger has finished, but for one who knows that', async () => {
    const { id, pipelineId } = await standing();
    world.simulator.apply(pipelineId, 'cancel');
    await reconciled(id);
    const answer = await show(id, prefer);
    expect(answer.json).toMatchObject({ state: 'finished' });
    expect(answer.headers.has('preference-applied')).toBe(false);
    const etag = answer.headers.get('etag') ?? '';
    const known = await show(id, { prefer: 'wait=1', 'if-none-match': etag });
    expect(known.status).toBe(304);
    expect(known.headers.get('preference-applied')).toBe('wait=1');
  });

  test('ends with 304 for one who knows the state, with 200 for others', async () => {
    const { id, etag } = await standing();
    const [known, unknown] = await Promise.all([
      show(id, { prefer: 'wait=1', 'if-none-match': etag }),
      show(id, { prefer: 'wait="1"' }),
    ]);
    expect(known.status).toBe(304);
    expect(unknown.status).toBe(200);
    expect(unknown.headers.get('preference-applied')).toBe('wait=1');
  });

  test.each([['wait=0'], ['wait=x'], ['return=minimal'], ['']])(
    'is not applied as %j',
    async (preference) => {
      const { id } = await standing();
      const answer = await show(id, { prefer: preference });
      expect(answer.status).toBe(200);
      expect(answer.headers.has('preference-applied')).toBe(false);
    },
  );
});
