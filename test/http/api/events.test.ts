import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { AppError } from '../../../src/domain/error.ts';
import type { TriggerId } from '../../../src/domain/ids.ts';
import { createFakeClock } from '../../fakes/fake-clock.ts';
import { eventually } from '../../support/eventually.ts';
import type { OpenStream } from '../../support/open-stream.ts';
import { eventsIn, openStream } from '../../support/open-stream.ts';
import type { TestService } from '../../support/start-service.ts';
import { adminToken, startService } from '../../support/start-service.ts';

const world = await startService();
afterAll(world.stop);

const open = (
  id: string,
  headers: Readonly<Record<string, string>> = {},
  { url }: TestService = world,
): Promise<OpenStream> =>
  openStream(`${url}/v1/triggers/${id}/events`, { authorization: `Bearer ${adminToken}`, ...headers });

const plain = { accept: 'text/plain' };

async function finishedTrigger(request: object): Promise<string> {
  const { id } = await world.trigger({ ref: 'main', ...request });
  await world.finished(id);
  return id;
}

async function all(id: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const stream = await open(id, headers);
  expect(stream.status).toBe(200);
  return stream.ended;
}

describe('the stream of a trigger', () => {
  test('tells its whole history and ends after the outcome', async () => {
    const id = await finishedTrigger({ project: 'group/manual', onManual: 'play' });
    const stream = await open(id);
    expect(stream.status).toBe(200);
    expect(Object.fromEntries(stream.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const events = eventsIn(await stream.ended);
    expect(new Set(events.map(({ type }) => type))).toEqual(
      new Set(['state', 'status', 'job', 'played', 'outcome']),
    );
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string;
    expect(events[0]).toMatchObject({ type: 'state', data: { state: 'pending', at } });
    expect(events.filter(({ type }) => type === 'status').at(-1)).toMatchObject({
      data: {
        status: 'success',
        pipelineId: expect.any(Number) as number,
        webUrl: expect.stringContaining('/pipelines/') as string,
        at,
      },
    });
    expect(events.find(({ type }) => type === 'played')).toMatchObject({
      data: { name: 'deploy', stage: 'deploy', at },
    });
    expect(
      events.filter(({ type, data }) => type === 'job' && data['name'] === 'deploy').at(-1),
    ).toMatchObject({
      data: { id: expect.any(Number) as number, stage: 'deploy', status: 'success' },
    });
    expect(events.slice(-2)).toMatchObject([
      { type: 'state', data: { state: 'finished' } },
      { type: 'outcome', data: { outcome: 'success', reason: null, failedJobs: [], at } },
    ]);
  });

  test('has ids that grow', async () => {
    const id = await finishedTrigger({ project: 'group/green' });
    const ids = eventsIn(await all(id)).map((event) => event.id);
    expect(ids).toEqual([...new Set(ids)].sort((one, other) => one - other));
  });

  test('tells what happens while it happens', async () => {
    const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
    const pipelineId = await world.pipelineOf(id);
    const stream = await open(id);
    await eventually(() => expect(stream.text()).toContain('"status":"pending"'));
    world.simulator.apply(pipelineId, 'run', ['build']);
    await eventually(() => expect(stream.text()).toContain('"status":"running"'));
    expect(stream.text()).not.toContain('event: outcome');
    world.simulator.apply(pipelineId, 'cancel');
    expect(eventsIn(await stream.ended).at(-1)).toMatchObject({
      type: 'outcome',
      data: { outcome: 'canceled' },
    });
  });

  test('goes on after the last event that the caller has seen', async () => {
    const id = await finishedTrigger({ project: 'group/green' });
    const events = eventsIn(await all(id));
    for (const seen of [0, 1, events.length - 2]) {
      const rest = eventsIn(await all(id, { 'last-event-id': String(events[seen]?.id) }));
      expect(rest).toEqual(events.slice(seen + 1));
    }
  });

  test('begins anew for a last event that is none', async () => {
    const id = await finishedTrigger({ project: 'group/green' });
    const whole = await all(id);
    for (const seen of ['x', '-1', '1e3', '9'.repeat(20)])
      expect(await all(id, { 'last-event-id': seen })).toBe(whole);
  });

  test('is over with 204 for one who has seen the outcome', async () => {
    const id = await finishedTrigger({ project: 'group/green' });
    const last = eventsIn(await all(id)).at(-1)?.id ?? 0;
    const stream = await open(id, { 'last-event-id': String(last) });
    expect(stream.status).toBe(204);
    expect(await stream.ended).toBe('');
  });

  test('goes on after an outcome when the pipeline is set going again', async () => {
    const id = await finishedTrigger({ project: 'group/flaky' });
    const first = eventsIn(await all(id)).at(-1);
    expect(first?.data).toMatchObject({ outcome: 'failed' });
    await world.call('POST', `/v1/triggers/${id}/retry`);
    const stream = await open(id, { 'last-event-id': String(first?.id) });
    expect(stream.status).toBe(200);
    const events = eventsIn(await stream.ended);
    expect(events[0]).toMatchObject({ type: 'state', data: { state: 'pending' } });
    expect(events.at(-1)).toMatchObject({ type: 'outcome', data: { outcome: 'success' } });
  });

  test('ends after the outcome also when a play is answered after it', async () => {
    world.simulator.faults.api.push({ kind: 'slow', ms: 300, match: { path: '/play' }, times: 1 });
    const { id } = await world.trigger({ project: 'group/manual', ref: 'main', onManual: 'play' });
    await eventually(() => expect(world.simulator.requests.some(({ fault }) => fault === 'slow')).toBe(true));
    await world.call('POST', `/v1/triggers/${id}/resolve`, { body: { outcome: 'failed', reason: 'enough' } });
    const watching = await open(id);
    await eventually(async () => {
      const { json } = await world.call('GET', `/v1/triggers/${id}`);
      expect(json).toMatchObject({ outcome: 'failed', playedJobs: [{ name: 'deploy' }] });
    });
    const text = await watching.ended;
    expect(eventsIn(text).at(-1)).toMatchObject({
      type: 'outcome',
      data: { outcome: 'failed', reason: 'enough' },
    });
    expect(await all(id)).toBe(text);
    expect(await all(id, plain)).toMatch(/\nresult: failed\n$/);
    const last = String(eventsIn(text).at(-1)?.id);
    expect((await open(id, { 'last-event-id': last })).status).toBe(204);
  });

  test('is not kept for one who hangs up', async () => {
    const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
    const stream = await open(id);
    await eventually(() => expect(world.waiters(id)).toBe(1));
    stream.hangUp();
    await eventually(() => expect(world.waiters(id)).toBe(0));
  });

  test('of an unknown trigger is a problem', async () => {
    const answer = await world.call('GET', '/v1/triggers/trg_unknown/events');
    expect(answer.json).toMatchObject({ type: '/problems/not_found', status: 404 });
  });
});

describe('the stream as text', () => {
  test('has lines, the last of which is the result', async () => {
    const id = await finishedTrigger({ project: 'group/manual', onManual: 'play' });
    const stream = await open(id, plain);
    expect(stream.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const lines = (await stream.ended).split('\n');
    expect(lines.at(-1)).toBe('');
    expect(lines.at(-2)).toBe('result: success');
    expect(lines.slice(0, -1).every((line) => /^(state|status|job|played|result): \S/.test(line))).toBe(true);
    for (const line of [
      'state: pending',
      'status: success',
      'job: deploy success',
      'played: deploy',
      'state: finished',
    ])
      expect(lines).toContain(line);
  });

  test.each([
    ['group/failing', 'failed'],
    ['group/broken', 'error'],
    ['group/skipped', 'skipped'],
    ['group/manual', 'manual'],
  ])('of %s ends with the result %s', async (project, result) => {
    expect(await all(await finishedTrigger({ project }), plain)).toMatch(
      new RegExp(`\nresult: ${result}\n$`),
    );
  });

  test.each([
    ['text/event-stream', 'text/event-stream; charset=utf-8'],
    ['*/*', 'text/event-stream; charset=utf-8'],
    ['text/plain, */*;q=0.1', 'text/plain; charset=utf-8'],
    ['application/json', 'text/event-stream; charset=utf-8'],
  ])('is for those who ask for it: %s', async (accept, type) => {
    const stream = await open(await finishedTrigger({ project: 'group/broken' }), { accept });
    expect(stream.headers.get('content-type')).toBe(type);
    await stream.ended;
  });
});

describe('a stream on which nothing happens', () => {
  test.each([
    ['a comment', {}, ': still here\n\n'],
    ['a comment as text', plain, '# still waiting\n'],
  ])('is kept alive by %s every 15 seconds', async (_what, headers, comment) => {
    const clock = createFakeClock();
    const still = await startService({ clock, hooks: false });
    try {
      const { id } = await still.trigger({ project: 'group/app', ref: 'main' });
      await still.pipelineOf(id);
      const stream = await open(id, headers, still);
      for (const count of [0, 1, 2]) {
        await eventually(() => expect(clock.sleeping()).toContain(15_000));
        await eventually(() => expect(stream.text().split(comment)).toHaveLength(count + 1));
        await clock.advance(14_999);
        expect(clock.sleeping()).toContain(1);
        await clock.advance(1);
      }
      stream.hangUp();
    } finally {
      await still.stop();
    }
  });
});

test('a stream reads the timeline again with each comment, also when nobody was notified', async () => {
  const clock = createFakeClock();
  const still = await startService({ clock, hooks: false });
  try {
    const { id } = await still.trigger({ project: 'group/app', ref: 'main' });
    await still.pipelineOf(id);
    const stream = await open(id, {}, still);
    await eventually(() => expect(clock.sleeping()).toContain(15_000));
    const { triggers } = still.service.store;
    const stored = await triggers.find(id as TriggerId);
    if (stored === undefined) throw new Error('the trigger is gone');
    await triggers.commit(stored.trigger, stored.version, [
      { type: 'job', id: 1, name: 'by another process', stage: 'test', status: 'running' },
    ]);
    await clock.advance(15_000);
    await eventually(() => expect(stream.text()).toContain('by another process'));
    stream.hangUp();
  } finally {
    await still.stop();
  }
});

describe('a timeline that cannot be read', () => {
  const { triggers } = world.service.store;
  afterEach(() => void vi.restoreAllMocks());

  test('is answered 503, and nobody is shown as waiting', async () => {
    const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
    vi.spyOn(triggers, 'timeline').mockRejectedValue(new AppError('storage_unavailable', 'locked'));
    for (const accept of ['text/event-stream', 'text/plain', '*/*']) {
      const answer = await world.call('GET', `/v1/triggers/${id}/events`, { headers: { accept } });
      expect(answer.json).toMatchObject({ type: '/problems/storage_unavailable', status: 503 });
    }
    expect(world.service.diagnostics.presence.of(id as TriggerId)).toEqual([]);
    expect(world.waiters(id)).toBe(0);
  });

  test('cuts a stream that has begun, so that its caller resumes, and nobody is shown as waiting', async () => {
    const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
    const pipelineId = await world.pipelineOf(id);
    const stream = await open(id);
    const ended = stream.ended.then(
      () => 'ended',
      () => 'cut',
    );
    await eventually(() => expect(world.waiters(id)).toBe(1));
    vi.spyOn(triggers, 'timeline').mockRejectedValue(new AppError('storage_unavailable', 'locked'));
    world.simulator.apply(pipelineId, 'run', ['build']);
    expect(await ended).toBe('cut');
    expect(world.service.diagnostics.presence.of(id as TriggerId)).toEqual([]);
    expect(world.waiters(id)).toBe(0);
  });
});
