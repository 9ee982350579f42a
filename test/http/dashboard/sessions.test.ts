import { expect, test } from 'vitest';
import {
  createSessions,
  idleMs,
  longestMs,
  mostSessions,
  personMs,
} from '../../../src/http/dashboard/sessions.ts';
import { createFakeClock } from '../../fakes/fake-clock.ts';

const clock = createFakeClock();
const keyed = (token: string) => ({ kind: 'token', token }) as const;

test('a session gives the token it began with, under its own id only', () => {
  const sessions = createSessions(clock);
  const [one, other] = [sessions.begin(keyed('token-1')), sessions.begin(keyed('token-2'))];
  expect(one).toMatch(/^[\w-]{43}$/);
  expect([one, other].map(sessions.find)).toEqual([keyed('token-1'), keyed('token-2')]);
  for (const id of ['', 'x', `${one}x`, one.slice(1)]) expect(sessions.find(id)).toBeNull();
  sessions.end(one);
  expect([one, other].map(sessions.find)).toEqual([null, keyed('token-2')]);
});

test('it ends an hour after it was used the last time', async () => {
  const sessions = createSessions(clock);
  const id = sessions.begin(keyed('token'));
  await clock.advance(idleMs - 1);
  expect(sessions.find(id)).toEqual(keyed('token'));
  await clock.advance(idleMs - 1);
  expect(sessions.find(id)).toEqual(keyed('token'));
  await clock.advance(idleMs);
  expect(sessions.find(id)).toBeNull();
});

test('it ends after a working day, however much it is used', async () => {
  const sessions = createSessions(clock);
  const id = sessions.begin(keyed('token'));
  const step = idleMs / 2;
  for (let passed = step; passed < longestMs; passed += step) {
    await clock.advance(step);
    expect(sessions.find(id)).toEqual(keyed('token'));
  }
  await clock.advance(step);
  expect(sessions.find(id)).toBeNull();
});

test('of too many the one that was not used for the longest time goes', () => {
  const sessions = createSessions(clock);
  const [first = '', second = '', ...rest] = Array.from({ length: mostSessions }, () =>
    sessions.begin(keyed('t')),
  );
  sessions.find(first);
  const last = sessions.begin(keyed('t'));
  expect([first, second, rest.at(-1) ?? '', last].map(sessions.find)).toEqual([
    keyed('t'),
    null,
    keyed('t'),
    keyed('t'),
  ]);
});

test("a person's session ends after eight hours, used or not", async () => {
  const sessions = createSessions(clock);
  const person = { kind: 'person', user: { userId: 7, username: 'alice' } } as const;
  const id = sessions.begin(person);
  await clock.advance(personMs - 1);
  expect(sessions.find(id)).toEqual(person);
  await clock.advance(1);
  expect(sessions.find(id)).toBeNull();
});
