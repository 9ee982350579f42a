import { expect, test } from 'vitest';
import { keepHeartbeat, becomeLeader } from '../../../src/app/maintenance/leadership.ts';
import { createFakeClock } from '../../fakes/fake-clock.ts';
import { storageUnavailable } from '../../fakes/failures.ts';

/** A process that stands by; `answers` are what its claims meet, the last one for ever. */
function begin(...answers: readonly (boolean | Error)[]) {
  const clock = createFakeClock();
  const stopping = new AbortController();
  // The first process sends heartbeats until it is stopped.
  const leader = { isStopped: false, shown: 0 };
  const heartbeat = {
    sendHeartbeat: () => Promise.resolve(),
    lastHeartbeat: () => Promise.resolve(leader.isStopped ? leader.shown : (leader.shown += 1)),
  };
  const lines: string[] = [];
  const log = (_fields: object, message: string): void => void lines.push(message);
  const left = [...answers];
  const claim = (): Promise<boolean> => {
    const answer = (left.length > 1 ? left.shift() : left[0]) ?? false;
    return typeof answer === 'boolean' ? Promise.resolve(answer) : Promise.reject(answer);
  };
  const ended = becomeLeader(
    { claim, heartbeat, clock, log: { info: log, warn: log, error: log } },
    stopping.signal,
  );
  return { clock, leader, stopping, lines, ended };
}

test('the first process begins immediately and logs nothing', async () => {
  const { lines, ended } = begin(true);
  expect(await ended).toBe(true);
  expect(lines).toEqual([]);
});

test('the next one takes over when the first has ended', async () => {
  const { clock, lines, ended } = begin(false, false, true);
  await clock.advance(1_000);
  expect(await ended).toBe(true);
  expect(lines).toEqual([
    'another process works on this database: standing by',
    'the other process has ended: taking over',
  ]);
});

test('a first process that holds its lock and sends no heartbeat is reported once, after a minute, with what to do', async () => {
  const { clock, leader, lines } = begin(false);
  await clock.advance(600_000);
  expect(lines).toHaveLength(1);
  leader.isStopped = true;
  await clock.advance(59_000);
  expect(lines).toHaveLength(1);
  await clock.advance(600_000);
  expect(lines.slice(1)).toEqual([expect.stringMatching(/kill -CONT.*kill -KILL/)]);
  leader.isStopped = false;
  await clock.advance(500);
  expect(lines.slice(2)).toEqual(['the other process runs again']);
});

test('a first process that was silent for less than a minute is not said to run again', async () => {
  const { clock, leader, lines } = begin(false);
  await clock.advance(5_000);
  leader.isStopped = true;
  await clock.advance(58_000);
  leader.isStopped = false;
  await clock.advance(5_000);
  expect(lines).toHaveLength(1);
});

test('a process that works sends a heartbeat every five seconds; where it cannot, one line says so', async () => {
  const clock = createFakeClock();
  const stopping = new AbortController();
  const lines: string[] = [];
  const log = (_fields: object, message: string): void => void lines.push(message);
  let [shown, isFailing] = [0, false];
  const heartbeat = {
    sendHeartbeat: () => {
      shown += 1;
      return isFailing ? Promise.reject(storageUnavailable()) : Promise.resolve();
    },
    lastHeartbeat: () => Promise.resolve(0),
  };
  const ended = keepHeartbeat(
    { heartbeat, clock, log: { info: log, warn: log, error: log } },
    stopping.signal,
  );
  await clock.advance(10_000);
  expect(shown).toBe(3);
  const line = 'other processes cannot see that this one runs';
  isFailing = true;
  await clock.advance(5_000);
  expect(lines).toEqual([line]);
  await clock.advance(60_000);
  expect(lines).toEqual([line]);
  isFailing = false;
  await clock.advance(5_000);
  isFailing = true;
  await clock.advance(10_000);
  expect(lines).toEqual([line, line]);
  stopping.abort();
  await ended;
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
