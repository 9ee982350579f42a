import { expect, test } from 'vitest';
import { createSessions, idleMs, longestMs, mostSessions } from '../../../src/http/dashboard/sessions.ts';
import { createFakeClock } from '../../fakes/fake-clock.ts';

const clock = createFakeClock();

test('a session gives the token it began with, under its own id only', () => {
  const sessions = createSessions(clock);
  const [one, other] = [sessions.begin('token-1'), sessions.begin('token-2')];
  expect(one).toMatch(/^[\w-]{43}$/);
  expect([one, other].map(sessions.tokenOf)).toEqual(['token-1', 'token-2']);
  for (const id of ['', 'x', `${one}x`, one.slice(1)]) expect(sessions.tokenOf(id)).toBeNull();
  sessions.end(one);
  expect([one, other].map(sessions.tokenOf)).toEqual([null, 'token-2']);
});

test('it ends an hour after it was used the last time', async () => {
  const sessions = createSessions(clock);
  const id = sessions.begin('token');
  await clock.advance(idleMs - 1);
  expect(sessions.tokenOf(id)).toBe('token');
  await clock.advance(idleMs - 1);
  expect(sessions.tokenOf(id)).toBe('token');
  await clock.advance(idleMs);
  expect(sessions.tokenOf(id)).toBeNull();
});

test('it ends after a working day, however much it is used', async () => {
  const sessions = createSessions(clock);
  const id = sessions.begin('token');
  const step = idleMs / 2;
  for (let passed = step; passed < longestMs; passed += step) {
    await clock.advance(step);
    expect(sessions.tokenOf(id)).toBe('token');
  }
  await clock.advance(step);
  expect(sessions.tokenOf(id)).toBeNull();
});

test('of too many the one that was not used for the longest time goes', () => {
  const sessions = createSessions(clock);
  const [first = '', second = '', ...rest] = Array.from({ length: mostSessions }, () => sessions.begin('t'));
  sessions.tokenOf(first);
  const last = sessions.begin('t');
  expect([first, second, rest.at(-1) ?? '', last].map(sessions.tokenOf)).toEqual(['t', null, 't', 't']);
});
