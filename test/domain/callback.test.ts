import { describe, expect, test } from 'vitest';
import type { Callback, CallbackAnswer } from '../../src/domain/callback.ts';
import { afterTry, callbackIdOf, dueAgain } from '../../src/domain/callback.ts';
import type { TriggerId } from '../../src/domain/ids.ts';
import { aCallback } from '../fakes/fake-callbacks.ts';
import { start } from '../fakes/triggers.ts';

const hourMs = 3_600_000;

const due = aCallback('1');

const answered = (status: number, retryAfterMs: number | null = null): CallbackAnswer => ({
  kind: 'answered',
  status,
  retryAfterMs,
});
const silence: CallbackAnswer = { kind: 'unanswered', why: 'no answer in time' };

test('has the id of its trigger, so that it has only one', () => {
  expect(callbackIdOf('trg_0123' as TriggerId)).toBe('cbk_0123');
});

describe('a try', () => {
  test.each([200, 202, 204, 299])('answered %i has delivered it', (status) => {
    expect(afterTry(due, answered(status), start, 0)).toMatchObject({
      state: 'delivered',
      tries: 1,
      lastStatus: status,
      lastError: null,
      lastTriedAt: start,
      dueAt: null,
    });
  });

  test.each([100, 199, 300, 301, 302, 307, 400, 401, 404, 409, 429, 500, 503])(
    'answered %i is followed by another',
    (status) => {
      expect(afterTry(due, answered(status), start, 0)).toMatchObject({
        state: 'due',
        lastStatus: status,
        lastError: `answered ${status}`,
        dueAt: start + 800,
      });
    },
  );

  test('a redirect is named, without being followed', () => {
    const answer = { ...answered(301), redirectsTo: 'https://moved.example.com' } as CallbackAnswer;
    expect(afterTry(due, answer, start, 0).lastError).toBe(
      'answered 301, a redirect to https://moved.example.com',
    );
  });

  test('not answered is followed by another', () => {
    expect(afterTry({ ...due, lastStatus: 500 }, silence, start, 0)).toMatchObject({
      state: 'due',
      lastStatus: null,
      lastError: 'no answer in time',
    });
  });

  test.each<[string, CallbackAnswer]>([
    ['answered 410', answered(410)],
    ['that must not be made', { kind: 'forbidden', why: 'not allowed' }],
  ])('%s is the last', (_what, answer) => {
    expect(afterTry(due, answer, start, 0)).toMatchObject({ state: 'given_up', dueAt: null });
  });
});

describe('the next try', () => {
  test.each([
    [0, 1_000],
    [1, 2_000],
    [5, 32_000],
    [8, 256_000],
    [9, 300_000],
    [2_000, 300_000],
  ])('after %i earlier ones comes later', (tries, ms) => {
    const next = (random: number) =>
      afterTry({ ...due, tries, triedSince: start }, silence, start, random).dueAt;
    expect(next(1)).toBe(start + ms);
    expect(next(0)).toBe(start + ms * 0.8);
  });

  test('comes when the receiver asked for it, unless that is after the hour', () => {
    expect(afterTry(due, answered(503, 60_000), start, 0).dueAt).toBe(start + 60_000);
    expect(afterTry(due, answered(429, 86_400_000), start, 0).dueAt).toBe(start + hourMs);
  });
});

test('it is tried for an hour from the first try, to the end of it', () => {
  let [callback, at] = [due, start + 5 * hourMs];
  const times: number[] = [];
  while (callback.state === 'due') {
    callback = afterTry(callback, silence, at, 0.5);
    times.push(at - start - 5 * hourMs);
    at = callback.dueAt ?? at;
  }
  expect(callback).toMatchObject({
    state: 'given_up',
    tries: times.length,
    lastError: 'no answer in time',
  });
  expect(times.at(-1)).toBe(hourMs);
  expect(times.length).toBeGreaterThan(15);
  expect(times.length).toBeLessThan(30);
});

describe('tried again because somebody wants it', () => {
  test('it has another hour', () => {
    const givenUp: Callback = { ...due, state: 'given_up', tries: 20, triedSince: start, dueAt: null };
    const again = dueAgain(givenUp, start + 9 * hourMs);
    expect(again).toMatchObject({ state: 'due', tries: 20, dueAt: start + 9 * hourMs });
    expect(afterTry(again ?? due, silence, start + 9 * hourMs, 0)).toMatchObject({ state: 'due', tries: 21 });
  });

  test.each(['waiting', 'delivered'] as const)('it is not where it is %s', (state) => {
    expect(dueAgain({ ...due, state }, start)).toBeNull();
  });
});
