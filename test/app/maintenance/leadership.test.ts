import { expect, test } from 'vitest';
import { becomeLeader } from '../../../src/app/maintenance/leadership.ts';
import { createTriggerNotifier } from '../../../src/app/engine/trigger-notifier.ts';
import type { TriggerId } from '../../../src/domain/ids.ts';
import { createFakeClock } from '../../fakes/fake-clock.ts';
import { aTrigger } from '../../fakes/triggers.ts';
import { storageUnavailable } from '../../fakes/failures.ts';

const trigger = aTrigger();

/** A process that stands by; `answers` are what its claims meet, the last one for ever. */
function begin(...answers: readonly (boolean | Error)[]) {
  const clock = createFakeClock();
  const waiters = createTriggerNotifier();
  const stopping = new AbortController();
  const lines: string[] = [];
  const log = (_fields: object, message: string): void => void lines.push(message);
  const left = [...answers];
  const claim = (): Promise<boolean> => {
    const answer = (left.length > 1 ? left.shift() : left[0]) ?? false;
    return typeof answer === 'boolean' ? Promise.resolve(answer) : Promise.reject(answer);
  };
  const store = {
    find: (id: TriggerId) => Promise.resolve(id === trigger.id ? { trigger, version: 1 } : undefined),
  };
  const ended = becomeLeader(
    { claim, store, waiters, clock, log: { info: log, warn: log, error: log } },
    stopping.signal,
  );
  return { clock, waiters, stopping, lines, ended };
}

test('the first process begins at once, and says nothing of it', async () => {
  const { lines, ended } = begin(true);
  expect(await ended).toBe(true);
  expect(lines).toEqual([]);
});

test('the next one takes over when the first has ended, and tells those who wait until then', async () => {
  const { clock, waiters, lines, ended } = begin(false, false, true);
  let rung = 0;
  waiters.subscribe(trigger.id, () => (rung += 1));
  waiters.subscribe('trg_unknown' as TriggerId, () => expect.unreachable('nobody knows it'));
  await clock.advance(499);
  expect(rung).toBe(0);
  await clock.advance(1);
  expect(rung).toBe(1);
  await clock.advance(500);
  expect(await ended).toBe(true);
  expect(rung).toBe(2);
  expect(lines).toEqual([
    'another process works on this database: standing by',
    'the other process has ended: taking over',
  ]);
});

test('what the other process did last, before it let go, is told as well', async () => {
  const clock = createFakeClock();
  const waiters = createTriggerNotifier();
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  let [claims, hasFinished] = [0, false];
  const claim = (): Promise<boolean> => {
    claims += 1;
    // It finishes a trigger and ends, between two looks of ours.
    hasFinished = claims > 1;
    return Promise.resolve(hasFinished);
  };
  const store = { find: () => Promise.resolve(hasFinished ? { trigger, version: 2 } : undefined) };
  const told: string[] = [];
  waiters.subscribe(trigger.id, ({ id }) => told.push(id));
  const ended = becomeLeader({ claim, store, waiters, clock, log }, new AbortController().signal);
  await clock.advance(500);
  expect(await ended).toBe(true);
  expect(told).toEqual([trigger.id]);
});

test('a stop ends it', async () => {
  const { clock, stopping, ended } = begin(false);
  await clock.advance(2_000);
  stopping.abort();
  expect(await ended).toBe(false);
});

test('a claim that fails is said once, and tried again', async () => {
  const { clock, lines, ended } = begin(storageUnavailable(), storageUnavailable(), true);
  await clock.advance(1_000);
  expect(await ended).toBe(true);
  expect(lines).toEqual(['the database is not claimed', 'the other process has ended: taking over']);
});
