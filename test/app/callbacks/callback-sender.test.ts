import { expect, onTestFinished, test } from 'vitest';
import { createCallbacks } from '../../../src/app/callbacks/callback-sender.ts';
import type { CallbackStore, PostCallback } from '../../../src/app/ports/index.ts';
import type { Callback, CallbackAnswer, CallbackId } from '../../../src/domain/callback.ts';
import { AppError } from '../../../src/domain/error.ts';
import { aCallback, createFakeCallbacks } from '../../fakes/fake-callbacks.ts';
import { createFakeClock } from '../../fakes/fake-clock.ts';
import { aTrigger } from '../../fakes/triggers.ts';

type Posted = Parameters<PostCallback>[0];

const hourMs = 3_600_000;
const good: CallbackAnswer = { kind: 'answered', status: 204, retryAfterMs: null };
const bad: CallbackAnswer = { kind: 'answered', status: 500, retryAfterMs: null };

const untilStopped = (signal: AbortSignal): Promise<CallbackAnswer> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve({ kind: 'unanswered', why: 'stopped' }));
  });

/** Callbacks that run until the test ends. */
function run(
  given: readonly Callback[],
  answer: (posted: Posted) => CallbackAnswer | Promise<CallbackAnswer>,
  disturb: (store: CallbackStore) => Partial<CallbackStore> = () => ({}),
) {
  const clock = createFakeClock();
  const store = createFakeCallbacks(given);
  const posts: Posted[] = [];
  const lines: object[] = [];
  const note = (fields: object, message: string): void => void lines.push({ ...fields, message });
  const callbacks = createCallbacks({
    store: { ...store, ...disturb(store) },
    triggers: { find: (id) => Promise.resolve({ trigger: aTrigger({}, { id }), version: 1 }) },
    post: async (posted) => {
      posts.push(posted);
      return answer(posted);
    },
    bodyOf: ({ id }) => JSON.stringify({ id }),
    clock,
    log: { info: note, warn: note, error: note },
    random: () => 0.5,
  });
  const stopping = new AbortController();
  const ended = callbacks.run(stopping.signal);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await ended;
  };
  onTestFinished(stop);
  return { clock, store, callbacks, posts, lines, stop, rowOf: (name: string) => store.rows.get(idOf(name)) };
}

const idOf = (name: string): CallbackId => `cbk_${name}` as CallbackId;

test('what is due is posted once, with the trigger as its body', async () => {
  const { clock, posts, rowOf, lines } = run([aCallback('1')], () => good);
  await clock.advance(10_000);
  expect(posts).toMatchObject([{ id: 'cbk_1', url: 'https://receiver.test/cbk_1', body: '{"id":"trg_1"}' }]);
  expect(rowOf('1')).toMatchObject({ state: 'delivered', tries: 1 });
  expect(lines).toMatchObject([{ callbackId: 'cbk_1', triggerId: 'trg_1', message: 'callback delivered' }]);
});

test('what is not delivered is posted again, under the same id, for an hour', async () => {
  const { clock, posts, rowOf, lines } = run([aCallback('1')], () => bad);
  await clock.advance(2 * hourMs);
  expect(posts.length).toBeGreaterThan(15);
  expect(new Set(posts.map(({ id }) => id)).size).toBe(1);
  expect(rowOf('1')).toMatchObject({ state: 'given_up', tries: posts.length, lastStatus: 500 });
  expect(lines.at(-1)).toMatchObject({ message: 'callback given up', error: 'answered 500' });
  expect(JSON.stringify(lines)).not.toContain('receiver.test/cbk_1');
});

test('what becomes due is noticed: immediately after wake(), within a second otherwise', async () => {
  const { clock, store, callbacks, posts } = run([], () => good);
  await clock.advance(100);
  const one = aCallback('1');
  store.rows.set(one.id, one);
  callbacks.wake();
  await clock.advance(0);
  expect(posts).toHaveLength(1);
  const other = aCallback('2');
  store.rows.set(other.id, other);
  await clock.advance(1_000);
  expect(posts).toHaveLength(2);
});

test('a slow receiver holds nobody else up', async () => {
  const slow = Array.from({ length: 50 }, (_, index) => aCallback(`slow${index}`));
  const other = aCallback('other', { origin: 'https://other.test', dueAt: aCallback('1').createdAt + 1 });
  const { clock, posts, rowOf } = run([...slow, other], ({ url, signal }) =>
    url.startsWith('https://other.test') ? good : untilStopped(signal),
  );
  await clock.advance(2_000);
  expect(rowOf('other')).toMatchObject({ state: 'delivered' });
  expect(posts.filter(({ url }) => url.startsWith('https://receiver.test'))).toHaveLength(4);
});

test('what was under way at a stop counts as not tried, and is sent again', async () => {
  const { clock, posts, rowOf, stop } = run([aCallback('1')], ({ signal }) => {
    return untilStopped(signal);
  });
  await clock.advance(0);
  expect(posts).toHaveLength(1);
  await stop();
  expect(rowOf('1')).toMatchObject({ state: 'due', tries: 0 });
});

test('what cannot be stored is not sent again immediately', async () => {
  const broken = () => Promise.reject(new AppError('storage_unavailable', 'the disk is full'));
  const { clock, posts, lines } = run(
    [aCallback('1')],
    () => good,
    () => ({ save: broken }),
  );
  await clock.advance(59_000);
  expect(posts).toHaveLength(1);
  expect(lines).toMatchObject([{ message: 'callback not sent', error: 'the disk is full' }]);
  await clock.advance(5_000);
  expect(posts).toHaveLength(2);
});

test('a database that cannot be read is asked again', async () => {
  let isBroken = true;
  const { clock, posts, lines } = run(
    [aCallback('1')],
    () => good,
    (store) => ({
      findDue: (...args) =>
        isBroken ? Promise.reject(new AppError('storage_unavailable', 'no')) : store.findDue(...args),
    }),
  );
  await clock.advance(500);
  expect(lines).toMatchObject([{ message: 'callbacks not looked for', error: 'no' }]);
  isBroken = false;
  await clock.advance(1_000);
  expect(posts).toHaveLength(1);
});

test('an abandoned one is sent immediately when an admin asks for it', async () => {
  const givenUp = aCallback('1', { state: 'given_up', tries: 20, dueAt: null });
  const { clock, callbacks, posts, rowOf } = run([givenUp], () => good);
  await clock.advance(1_000);
  expect(posts).toHaveLength(0);
  expect(await callbacks.retry(givenUp.id)).toMatchObject({ state: 'due' });
  await clock.advance(0);
  expect(posts).toHaveLength(1);
  expect(rowOf('1')).toMatchObject({ state: 'delivered', tries: 21 });
});

test.each([
  ['waiting', 'its trigger has not finished'],
  ['delivered', 'it was delivered, and its URL is no longer kept'],
] as const)('one that is %s is not sent because somebody wants it', async (state, message) => {
  const { callbacks } = run([aCallback('1', { state, dueAt: null })], () => good);
  await expect(callbacks.retry(idOf('1'))).rejects.toMatchObject({ code: 'invalid', message });
  await expect(callbacks.retry(idOf('none'))).rejects.toMatchObject({ code: 'not_found' });
});
