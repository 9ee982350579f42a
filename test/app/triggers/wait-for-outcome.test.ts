import { describe, expect, test } from 'vitest';
import { isFinished } from '../../../src/domain/trigger/trigger.ts';
import type { TriggerId } from '../../../src/domain/ids.ts';
import { settled } from '../../fakes/fake-clock.ts';
import { failing, held } from '../../fakes/intercept.ts';
import { outcomeOf } from '../../fakes/triggers.ts';
import { storageUnavailable } from '../../fakes/failures.ts';
import { startEngine } from '../start-engine.ts';

async function begin() {
  const engine = startEngine();
  const id = await engine.start();
  const hangUp = new AbortController();
  const answers: (string | null)[] = [];
  const wait = (ms = 25_000, of: TriggerId = id) =>
    engine.engine
      .waitFor(of, isFinished, ms, hangUp.signal)
      .then((trigger) => void answers.push(outcomeOf(trigger)));
  const succeed = async () => {
    for (const job of ['build', 'unit']) engine.gitlab.apply('success', [job]);
    await engine.hook();
  };
  return { ...engine, id, hangUp, answers, wait, succeed, waiting: () => engine.engine.waiters.count(id) };
}

test('the end wakes everybody who waits for it', async () => {
  const { wait, answers, succeed, waiting, clock } = await begin();
  const all = Promise.all(Array.from({ length: 100 }, () => wait()));
  await settled();
  expect(waiting()).toBe(100);
  await succeed();
  await all;
  expect(answers).toEqual(Array.from({ length: 100 }, () => 'success'));
  expect([waiting(), clock.sleeping()]).toEqual([0, []]);
});

test('nobody is woken by the end of another trigger, or by what is no end', async () => {
  const { wait, answers, start, gitlab, hook, id } = await begin();
  void wait();
  await start();
  for (const job of ['build', 'unit']) gitlab.apply('success', [job]);
  await hook();
  gitlab.apply('run', ['build'], gitlab.pipelines()[0]?.id);
  await hook(gitlab.pipelines()[0]?.id);
  await settled();
  expect([id, answers]).toEqual([id, []]);
});

test('a trigger that has already finished is answered immediately', async () => {
  const { wait, answers, succeed, waiting } = await begin();
  await succeed();
  await wait();
  expect([answers, waiting()]).toEqual([['success'], 0]);
});

test('an end between joining and looking is not missed', async () => {
  const { wait, answers, succeed, store, waiting } = await begin();
  const look = held('after');
  store.next('find', look.interception);
  const waited = wait();
  await settled();
  await succeed();
  look.release();
  await waited;
  expect([answers, waiting()]).toEqual([['success'], 0]);
});

test('the time is up: the trigger as it stands', async () => {
  const { wait, answers, clock, waiting } = await begin();
  const waited = wait(25_000);
  await clock.advance(24_999);
  expect(answers).toEqual([]);
  await clock.advance(1);
  await waited;
  expect([answers, waiting()]).toEqual([[null], 0]);
});

test('the caller hangs up: nobody waits any more', async () => {
  const { wait, answers, hangUp, waiting, clock } = await begin();
  const waited = wait();
  await settled();
  hangUp.abort();
  await waited;
  expect([answers, waiting(), clock.sleeping()]).toEqual([[null], 0, []]);
});

test('one who has hung up already does not wait', async () => {
  const { wait, hangUp, waiting } = await begin();
  hangUp.abort();
  await wait();
  expect(waiting()).toBe(0);
});

describe('leaves also', () => {
  test('a trigger that is not there', async () => {
    const { wait, engine } = await begin();
    const none = 'trg_none' as TriggerId;
    await expect(wait(25_000, none)).rejects.toMatchObject({ code: 'not_found' });
    expect(engine.waiters.count(none)).toBe(0);
  });

  test('when the disk gives no answer', async () => {
    const { wait, store, waiting } = await begin();
    store.next('find', failing(storageUnavailable()));
    await expect(wait()).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(waiting()).toBe(0);
  });
});

test('one may wait for any change', async () => {
  const { engine, id, gitlab, hook } = await begin();
  const changed = engine.waitFor(
    id,
    ({ jobs }) => jobs.some(({ status }) => status === 'running'),
    25_000,
    new AbortController().signal,
  );
  await settled();
  gitlab.apply('run', ['build']);
  await hook();
  expect((await changed).state).toMatchObject({ kind: 'running', pipeline: { status: 'running' } });
});
