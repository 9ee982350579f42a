import { afterAll, describe, expect, test, vi } from 'vitest';
import type { TriggerView } from '../../../src/api/trigger-view.ts';
import { AppError } from '../../../src/domain/error.ts';
import type { TriggerId } from '../../../src/domain/ids.ts';
import { createFakeClock } from '../../fakes/fake-clock.ts';
import { eventually } from '../../support/eventually.ts';
import type { OpenStream, ServerSentEvent } from '../../support/open-stream.ts';
import { openStream } from '../../support/open-stream.ts';
import type { TestService } from '../../support/start-service.ts';
import { adminToken, startService } from '../../support/start-service.ts';
import { makeKey } from '../dashboard/browser.ts';

const world = await startService();
afterAll(world.stop);

/** Opens the stream of all triggers, and waits until it has begun: what happens from then on is in it. */
async function open(
  headers: Readonly<Record<string, string>> = {},
  { url }: TestService = world,
): Promise<OpenStream> {
  const stream = await openStream(`${url}/v1/events`, { authorization: `Bearer ${adminToken}`, ...headers });
  expect(stream.status).toBe(200);
  await eventually(() => expect(stream.text()).toContain(': still here\n'));
  return stream;
}

type TriggerEvent = Omit<ServerSentEvent, 'id' | 'data'> & {
  readonly id: number | null;
  readonly data: TriggerView;
};

/** The events in a stream, each of which is of one kind. */
const eventsIn = (stream: OpenStream): readonly TriggerEvent[] =>
  stream
    .text()
    .split('\n\n')
    .filter((block) => block.includes('data: '))
    .map((block) => {
      const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string]));
      return {
        id: fields.has('id') ? Number(fields.get('id')) : null,
        type: fields.get('event') ?? '',
        data: JSON.parse(fields.get('data') ?? '') as TriggerView,
      };
    });

const eventsOf = (stream: OpenStream, id: string): readonly TriggerEvent[] =>
  eventsIn(stream).filter(({ data }) => data.id === id);

/** What a client has that keeps the newest of each trigger. */
const listIn = (stream: OpenStream): ReadonlyMap<string, TriggerView> =>
  new Map(eventsIn(stream).map(({ data }) => [data.id, data]));

/** The id to go on from, as a client of Server-Sent Events knows it. */
const lastIdIn = (stream: OpenStream): string =>
  [...stream.text().matchAll(/^id: (\d+)$/gm)].at(-1)?.[1] ?? '';

const shown = async (id: string): Promise<TriggerView> =>
  (await world.call('GET', `/v1/triggers/${id}`)).json as TriggerView;

test('the stream shows a trigger as GET does, from its start to its end, with ids that grow', async () => {
  const stream = await open();
  expect(Object.fromEntries(stream.headers)).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  expect(eventsIn(stream)).toEqual([]);
  const { id } = await world.trigger({ project: 'group/manual', ref: 'main', onManual: 'play' });
  await world.finished(id);
  await eventually(async () => expect(eventsOf(stream, id).at(-1)?.data).toEqual(await shown(id)));
  const events = eventsIn(stream);
  expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['trigger']));
  expect(events.at(-1)?.data).toMatchObject({ outcome: 'success', playedJobs: [{ name: 'deploy' }] });
  const ids = events.flatMap((event) => (event.id === null ? [] : [event.id]));
  expect(ids.length).toBeGreaterThan(0);
  expect(ids).toEqual([...new Set(ids)].toSorted((one, other) => one - other));
  stream.hangUp();
});

test('a change is there soon, not only with the next comment', async () => {
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
  const pipelineId = await world.pipelineOf(id);
  const stream = await open();
  world.simulator.apply(pipelineId, 'run', ['build']);
  // Comments come every 15 seconds.
  await eventually(() => expect(listIn(stream).get(id)).toMatchObject({ pipelineStatus: 'running' }), 8_000);
  stream.hangUp();
});

test('a stream that goes on after an event shows what has changed since, each trigger once', async () => {
  const { id: old } = await world.trigger({ project: 'group/green', ref: 'main' });
  await world.finished(old);
  const stream = await open();
  // It does not end before the stream is left.
  const { id: first } = await world.trigger({ project: 'group/app', ref: 'main' });
  const pipelineId = await world.pipelineOf(first);
  await eventually(() => expect(listIn(stream).has(first)).toBe(true));
  stream.hangUp();
  const seen = lastIdIn(stream);
  const { id: second } = await world.trigger({ project: 'group/green', ref: 'main' });
  for (const job of ['build', 'unit']) world.simulator.apply(pipelineId, 'success', [job]);
  for (const id of [first, second]) await world.finished(id);
  const resumed = await open({ 'last-event-id': seen });
  const events = eventsIn(resumed);
  expect(events.map(({ data }) => data.id).toSorted()).toEqual([first, second].toSorted());
  for (const { data } of events) expect(data.outcome).toBe('success');
  for (const { id } of events) expect(id).toBeGreaterThan(Number(seen));
  resumed.hangUp();
});

test('a comment has the id to go on from, so that changes of others are passed over', async () => {
  const { secret } = await makeKey(world, { name: 'lonely', role: 'trigger' });
  const lonely = await open({ authorization: `Bearer ${secret}` });
  const { id } = await world.trigger({ project: 'group/green', ref: 'main' });
  await world.finished(id);
  lonely.hangUp();
  const next = await open({ authorization: `Bearer ${secret}`, 'last-event-id': lastIdIn(lonely) });
  expect(eventsIn(next)).toEqual([]);
  expect(Number(lastIdIn(next))).toBeGreaterThan(Number(lastIdIn(lonely)));
  next.hangUp();
});

test.each(['0'])('with Last-Event-ID %s the stream begins with every trigger that is kept', async (seen) => {
  const { id } = await world.trigger({ project: 'group/green', ref: 'main' });
  await world.finished(id);
  const stream = await open({ 'last-event-id': seen });
  const { json } = await world.call('GET', '/v1/triggers?state=all&limit=200');
  const { items } = json as { items: readonly TriggerView[] };
  await eventually(() =>
    expect([...listIn(stream).keys()].toSorted()).toEqual(items.map((t) => t.id).toSorted()),
  );
  expect(listIn(stream).get(id)).toEqual(await shown(id));
  stream.hangUp();
});

test.each(['x', '-1', '1e3', '9'.repeat(20), '999999999999999'])(
  'with Last-Event-ID %s, which is none of ours, the stream begins with what changes from now on',
  async (seen) => {
    const { id: old } = await world.trigger({ project: 'group/green', ref: 'main' });
    await world.finished(old);
    const stream = await open({ 'last-event-id': seen });
    expect(eventsOf(stream, old)).toEqual([]);
    const { id } = await world.trigger({ project: 'group/green', ref: 'main' });
    await eventually(() => expect(eventsOf(stream, id)).not.toEqual([]));
    expect(eventsOf(stream, old)).toEqual([]);
    stream.hangUp();
  },
);

test('callers see the triggers that the list shows them, and no trace of others', async () => {
  const keys = await Promise.all([
    makeKey(world, { name: 'alice', role: 'trigger' }),
    makeKey(world, { name: 'narrow', role: 'read', projects: ['group/green'] }),
    makeKey(world, { name: 'wide', role: 'read' }),
  ]);
  const tokens = [...keys.map(({ secret }) => secret), adminToken];
  const since = lastIdIn(await open());
  const [alice = ''] = tokens;
  const started: string[] = [];
  for (const [token, project] of [
    [alice, 'group/app'],
    [adminToken, 'group/green'],
    [adminToken, 'group/app'],
  ] as const) {
    const { json } = await world.call('POST', '/v1/triggers', { token, body: { project, ref: 'main' } });
    started.push((json as TriggerView).id);
  }
  for (const token of tokens) {
    const { json } = await world.call('GET', '/v1/triggers?state=all&limit=200', { token });
    const listed = (json as { items: readonly TriggerView[] }).items.map(({ id }) => id);
    const stream = await open({ authorization: `Bearer ${token}`, 'last-event-id': since });
    const expected = started.filter((id) => listed.includes(id));
    // Triggers of the tests before may still change.
    const following = () => started.filter((id) => stream.text().includes(id));
    await eventually(() => expect(following()).toEqual(expected));
    stream.hangUp();
  }
});

test('a caller without a key is refused', async () => {
  for (const token of [null, 'wrong'])
    expect((await world.call('GET', '/v1/events', { token })).json).toMatchObject({ status: 401 });
});

test('HEAD has the head, and no stream; nobody who follows counts as a waiter', async () => {
  expect((await world.call('HEAD', '/v1/events')).status).toBe(200);
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
  const stream = await open();
  expect(world.waiters(id)).toBe(0);
  stream.hangUp();
});

test('a change that is not in the timeline is an event without an id where it shows, and none where it does not', async () => {
  const still = await startService({ hooks: false });
  try {
    const { id } = await still.trigger({ project: 'group/app', ref: 'main' });
    await still.pipelineOf(id);
    const stream = await open({}, still);
    const { store, engine } = still.service;
    const change = async (made: object): Promise<void> => {
      const stored = await store.triggers.find(id as TriggerId);
      if (stored === undefined) throw new Error('the trigger is gone');
      const next = { ...stored.trigger, ...made };
      await store.triggers.commit(next, stored.version, []);
      engine.waiters.notify(next);
    };
    const reasons = () => eventsOf(stream, id).map(({ id: eventId, data }) => [eventId, data.reason]);
    const away = 'GitLab cannot be reached';
    await change({ lastError: away });
    await eventually(() => expect(reasons()).toEqual([[null, away]]));
    await change({ updatedAt: Date.now() + 1 });
    const { id: later } = await still.trigger({ project: 'group/green', ref: 'main' });
    await eventually(() => expect(eventsOf(stream, later)).not.toEqual([]));
    expect(reasons()).toEqual([[null, away]]);
    await change({ lastError: null });
    await eventually(() =>
      expect(reasons()).toEqual([
        [null, away],
        [null, null],
      ]),
    );
    stream.hangUp();
  } finally {
    await still.stop();
  }
});

describe('a stream on which nothing happens', () => {
  test('is kept alive by a comment every 15 seconds, and reads the store with each', async () => {
    const clock = createFakeClock();
    const still = await startService({ clock, hooks: false });
    try {
      const { id } = await still.trigger({ project: 'group/app', ref: 'main' });
      await still.pipelineOf(id);
      const stream = await open({}, still);
      const comments = () => stream.text().split(': still here\n').length - 1;
      for (const count of [1, 2]) {
        await eventually(() => expect(clock.sleeping()).toContain(15_000));
        await eventually(() => expect(comments()).toBe(count));
        await clock.advance(14_999);
        expect(clock.sleeping()).toContain(1);
        await clock.advance(1);
      }
      const { triggers } = still.service.store;
      const stored = await triggers.find(id as TriggerId);
      if (stored === undefined) throw new Error('the trigger is gone');
      // As another process stores it, and without a notification.
      await triggers.commit({ ...stored.trigger, deadlineAt: 0 }, stored.version, [
        { type: 'job', id: 1, name: 'unit', stage: 'test', status: 'running' },
      ]);
      await eventually(() => expect(clock.sleeping()).toContain(15_000));
      await clock.advance(15_000);
      await eventually(() => expect(listIn(stream).get(id)?.deadlineAt).toBe(new Date(0).toISOString()));
      stream.hangUp();
    } finally {
      await still.stop();
    }
  });
});

test('a store that cannot be read is 503 at first, and cuts a stream that has begun', async () => {
  const { triggers } = world.service.store;
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
  const pipelineId = await world.pipelineOf(id);
  const stream = await open();
  const ended = stream.ended.then(
    () => 'ended',
    () => 'cut',
  );
  const away = new AppError('storage_unavailable', 'locked');
  const spies = [
    vi.spyOn(triggers, 'changedAfter').mockRejectedValue(away),
    vi.spyOn(triggers, 'lastSequence').mockRejectedValue(away),
  ];
  world.simulator.apply(pipelineId, 'run', ['build']);
  expect(await ended).toBe('cut');
  expect((await world.call('GET', '/v1/events')).json).toMatchObject({ status: 503 });
  for (const spy of spies) spy.mockRestore();
});

test('streams end when the service stops', async () => {
  const other = await startService();
  const stream = await open({}, other);
  other.service.drain();
  await stream.ended;
  await other.stop();
});
