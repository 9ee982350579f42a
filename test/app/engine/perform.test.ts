import { describe, expect, test } from 'vitest';
import type { Performer } from '../../../src/app/engine/perform.ts';
import { createPerform } from '../../../src/app/engine/perform.ts';
import type { Stored } from '../../../src/app/ports/index.ts';
import type { Action } from '../../../src/domain/trigger/event.ts';
import type { TriggerId } from '../../../src/domain/ids.ts';
import type { Trigger } from '../../../src/domain/trigger/trigger.ts';
import { createFakeClock, settled } from '../../fakes/fake-clock.ts';
import type { Interception } from '../../fakes/intercept.ts';
import { createInterceptor, failing, held } from '../../fakes/intercept.ts';
import { createTraceContexts } from '../../fakes/trace-contexts.ts';
import { aRunning, after, read } from '../../fakes/triggers.ts';
import { storageUnavailable, tooManyRequests, unreachable } from '../../fakes/failures.ts';

type Performers = Readonly<Record<Action['type'], Performer>>;

const { id } = aRunning();
const nothing = (): Promise<void> => Promise.resolve();
const idle: Performers = {
  start: nothing,
  confirm: nothing,
  readChildren: nothing,
  confirmUpstream: nothing,
  play: nothing,
  retry: nothing,
  retryJobs: nothing,
  cancel: nothing,
  readOutputs: nothing,
  playGate: nothing,
  postStatus: nothing,
};

/** Work on one trigger whose actions do nothing but what a test has them do. */
function begin(given: Partial<Performers> = {}) {
  let trigger: Trigger | undefined = aRunning();
  const clock = createFakeClock();
  const stopping = new AbortController();
  const lines: object[] = [];
  const log = (fields: object, message: string): void => void lines.push({ ...fields, message });
  const performers = createInterceptor<Performers>();
  const places = createTraceContexts();
  const store = createInterceptor<{ find: (id: TriggerId) => Promise<Stored | undefined> }>();
  const work = createPerform({
    store: store.wrap({ find: () => Promise.resolve(trigger && { trigger, version: 1 }) }),
    performers: performers.wrap({ ...idle, ...given }),
    recovery: { wait: (_url, ms, signal) => clock.sleep(ms, signal) },
    clock,
    log: { info: log, warn: log, error: log },
    signal: stopping.signal,
    here: places.here,
  });
  return {
    places,
    clock,
    lines,
    stopping,
    work,
    storeNext: store.next,
    next: (type: Action['type'], ...interceptions: Interception[]) => performers.next(type, ...interceptions),
    done: performers.calls,
    becomes: (next: Trigger | undefined) => void (trigger = next),
    perform: async (...types: Action['type'][]) => {
      work.perform(
        id,
        types.map((type) => ({ type })),
      );
      await settled();
    },
  };
}

test('does what it is asked, each kind for itself', async () => {
  const { perform, done } = begin();
  await perform('confirm', 'cancel');
  await perform('confirm');
  expect(done).toEqual(['confirm', 'cancel', 'confirm']);
});

test('gives an action the trigger as it is stored then', async () => {
  const seen: Trigger[] = [];
  const { perform, becomes } = begin({ confirm: (trigger) => Promise.resolve(void seen.push(trigger)) });
  const stored = aRunning({}, { epoch: 7 });
  becomes(stored);
  await perform('confirm');
  expect(seen).toEqual([stored]);
});

describe('asked for while it is under way', () => {
  test('is done for the one who asked last', async () => {
    const seen: string[] = [];
    const way = held('before');
    const { places, perform, next } = begin({
      confirm: () => Promise.resolve(void seen.push(places.where())),
    });
    next('confirm', way.interception);
    for (const place of ['one', 'two', 'three']) await places.at(place, () => perform('confirm'));
    way.release();
    await settled();
    expect(seen).toEqual(['one', 'three']);
  });

  test('however often, is done once more afterwards, not at the same time', async () => {
    const { perform, next, done } = begin();
    const way = held('before');
    next('confirm', way.interception);
    await perform('confirm', 'confirm', 'confirm');
    await perform('confirm');
    expect(done).toEqual(['confirm']);
    way.release();
    await settled();
    expect(done).toEqual(['confirm', 'confirm']);
  });

  test('another kind, or another trigger, does not wait', async () => {
    const { perform, work, next, done } = begin();
    next('confirm', held('before').interception);
    await perform('confirm', 'play');
    work.perform('trg_2' as TriggerId, [{ type: 'confirm' }]);
    await settled();
    expect(done).toEqual(['confirm', 'play', 'confirm']);
  });
});

describe('where GitLab gives no answer', () => {
  test('tries again, later and later', async () => {
    const { perform, next, done, clock } = begin();
    next('confirm', ...Array.from({ length: 4 }, () => failing(unreachable())));
    await perform('confirm');
    const waits: (readonly number[])[] = [];
    for (let round = 0; round < 4; round += 1) {
      waits.push(clock.sleeping());
      await clock.advance(clock.sleeping()[0] ?? 0);
    }
    expect(done).toHaveLength(5);
    for (const [index, [ms]] of waits.entries()) {
      expect(ms).toBeGreaterThanOrEqual(400 * 2 ** index);
      expect(ms).toBeLessThanOrEqual(500 * 2 ** index);
    }
    expect(clock.sleeping()).toEqual([]);
  });

  test('does not come back before GitLab wants it to', async () => {
    const { perform, next, done, clock } = begin();
    next('confirm', failing(tooManyRequests(90_000)));
    await perform('confirm');
    await clock.advance(89_999);
    expect(done).toHaveLength(1);
    await clock.advance(1);
    expect(done).toHaveLength(2);
  });

  test.each<[string, Trigger | undefined]>([
    ['has ended', after(aRunning(), read('failed'))],
    ['is gone', undefined],
  ])('gives up when the trigger %s', async (_what, ended) => {
    const { perform, next, done, clock, becomes } = begin();
    next('confirm', failing(unreachable()));
    await perform('confirm');
    becomes(ended);
    await clock.advance(60_000);
    expect(done).toHaveLength(1);
  });

  test('says so, without more than the message', async () => {
    const { perform, next, lines } = begin();
    next('confirm', failing(unreachable()));
    await perform('confirm');
    expect(lines).toMatchObject([
      { triggerId: id, action: 'confirm', error: unreachable().message, message: 'action delayed' },
    ]);
  });
});

test('where the disk gives no answer, tries again too: to read the trigger, or to write what came of it', async () => {
  const { perform, next, storeNext, done, clock } = begin();
  storeNext('find', failing(storageUnavailable()));
  next('confirm', failing(storageUnavailable()));
  await perform('confirm');
  await clock.advance(60_000);
  expect(done).toEqual(['confirm', 'confirm']);
});

test('where the disk gave none for long, looks every two seconds whether it is back', async () => {
  const { perform, storeNext, done, clock } = begin();
  storeNext('find', ...Array.from({ length: 100 }, () => failing(storageUnavailable())));
  await perform('confirm');
  await clock.advance(100 * 2_000);
  expect(done).toEqual(['confirm']);
});

test('what fails otherwise is logged and not tried again, and is no obstacle to the next time', async () => {
  const { perform, next, done, lines, clock } = begin();
  next('confirm', failing(new Error('a bug')));
  await perform('confirm');
  await clock.advance(600_000);
  expect([done, lines]).toEqual([
    ['confirm'],
    [{ triggerId: id, action: 'confirm', error: 'a bug', message: 'action failed' }],
  ]);
  await perform('confirm');
  expect(done).toHaveLength(2);
});

describe('a finished trigger', () => {
  const finished = after(aRunning(), read('failed'));

  test('has nothing done for it', async () => {
    const { perform, becomes, done } = begin();
    becomes(finished);
    await perform('confirm');
    expect(done).toEqual([]);
  });

  test('but the cancellation of its pipeline', async () => {
    const { perform, becomes, done } = begin();
    becomes({ ...finished, cancel: { progress: 'wanted', reason: null } });
    await perform('cancel');
    expect(done).toEqual(['cancel']);
  });
});

describe('stopping', () => {
  test('waits for what is under way', async () => {
    const { perform, next, stopping, work, done } = begin();
    const way = held('before');
    next('confirm', way.interception);
    await perform('confirm');
    stopping.abort();
    let isIdle = false;
    const idle = work.idle().then(() => (isIdle = true));
    await settled();
    expect(isIdle).toBe(false);
    way.release();
    await idle;
    expect(done).toEqual(['confirm']);
  });

  test('begins nothing, and repeats nothing', async () => {
    const { perform, next, stopping, work, done } = begin();
    const way = held('before');
    next('confirm', way.interception);
    await perform('confirm', 'confirm');
    stopping.abort();
    await perform('play');
    way.release();
    await work.idle();
    expect(done).toEqual(['confirm']);
  });

  test.each(['unreachable', 'storage'] as const)(
    'does not wait for what is tried later: %s',
    async (trouble) => {
      const { perform, next, storeNext, stopping, work, done } = begin();
      const always = Array.from({ length: 50 }, () =>
        failing(trouble === 'storage' ? storageUnavailable() : unreachable()),
      );
      if (trouble === 'storage') storeNext('find', ...always);
      else next('confirm', ...always);
      await perform('confirm');
      stopping.abort();
      await work.idle();
      expect(done.length).toBeLessThan(2);
    },
  );
});
