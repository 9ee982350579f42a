import { expect, test } from 'vitest';
import type { ApplyEvent } from '../../../src/app/engine/apply-event.ts';
import { createApplyEvent } from '../../../src/app/engine/apply-event.ts';
import type { TriggerStore } from '../../../src/app/ports/index.ts';
import { createTriggerNotifier } from '../../../src/app/engine/trigger-notifier.ts';
import type { TriggerEvent } from '../../../src/domain/trigger/event.ts';
import type { Trigger } from '../../../src/domain/trigger/trigger.ts';
import { createMemoryStore } from '../../../src/store/memory/store.ts';
import { settled } from '../../fakes/fake-clock.ts';
import { createInterceptor, failing, held } from '../../fakes/intercept.ts';
import { createTraceContexts } from '../../fakes/trace-contexts.ts';
import { aRunning, aTrigger, aJob, hook, outcomeOf, read, start } from '../../fakes/triggers.ts';
import { storageUnavailable } from '../../fakes/failures.ts';
import { nothingSecret } from '../start-engine.ts';

const { id } = aRunning();
const deadline: TriggerEvent = { type: 'deadlinePassed', at: start + 3_600_000 };

async function begin(trigger: Trigger = aRunning()) {
  const { triggers } = createMemoryStore();
  await triggers.create(aTrigger(trigger.request), nothingSecret, null);
  await triggers.commit(trigger, 1, []);
  const interceptor = createInterceptor<TriggerStore>();
  const store = interceptor.wrap(triggers);
  const waiters = createTriggerNotifier();
  const recorded: string[] = [];
  const perform = (_id: string, actions: readonly { type: string }[]): void => {
    for (const { type } of actions) recorded.push(type);
  };
  waiters.subscribe(id, (next) => recorded.push(`notify: ${outcomeOf(next) ?? next.state.kind}`));
  const applyEvent: ApplyEvent = createApplyEvent({ store, waiters, perform });
  const another: ApplyEvent = createApplyEvent({ store, waiters, perform });
  return { store, ...interceptor, recorded, applyEvent, another };
}

test('a decision is stored first, then waiters are notified, then its actions are performed', async () => {
  const { applyEvent, store, next, recorded } = await begin();
  const write = held('before');
  next('commit', write.interception);
  const applied = applyEvent(id, { type: 'cancelRequested', at: start, reason: 'why' });
  await settled();
  expect(recorded).toEqual([]);
  write.release();
  expect(await applied).toEqual((await store.find(id))?.trigger);
  expect(recorded).toEqual(['notify: running', 'cancel']);
});

test('what is to be done belongs to what asked for it, also where that had to wait', async () => {
  const { triggers } = createMemoryStore();
  await triggers.create(aTrigger(), nothingSecret, null);
  await triggers.commit(aRunning(), 1, []);
  const { wrap, next } = createInterceptor<TriggerStore>();
  const { here, at, where } = createTraceContexts();
  const done: string[] = [];
  const perform = (_id: string, actions: readonly { type: string }[]): void => {
    for (const { type } of actions) done.push(`${type} at ${where()}`);
  };
  const applyEvent = createApplyEvent({
    store: wrap(triggers),
    waiters: createTriggerNotifier(),
    perform,
    here,
  });
  const write = held('before');
  next('commit', write.interception);
  const first = at('the first', () => applyEvent(id, hook('pending')));
  await settled();
  const second = at('the second', () => applyEvent(id, hook('failed')));
  write.release();
  await Promise.all([first, second]);
  expect(done).toEqual(['confirm at the second']);
});

test('an event without a change is not written and notifies no waiter, but may ask for a read', async () => {
  const { applyEvent, calls, recorded } = await begin(aRunning({}, { status: 'failed' }));
  await applyEvent(id, hook('failed'));
  expect([calls.includes('commit 2'), recorded]).toEqual([false, ['confirm']]);
});

test('what comes while a commit runs shares the next one, in its order, each step in the timeline', async () => {
  const { applyEvent, store, next, calls } = await begin();
  const write = held('before');
  next('commit', write.interception);
  const first = applyEvent(id, hook('pending'));
  await settled();
  const others = [
    hook('running', [aJob('unit', 'running')]),
    read('failed', [aJob('unit', 'failed')]),
    deadline,
  ].map((event) => applyEvent(id, event));
  await settled();
  write.release();
  expect((await first).state).toMatchObject({ pipeline: { status: 'pending' } });
  const answers = await Promise.all(others);
  const stored = (await store.find(id))?.trigger;
  expect(answers).toEqual([stored, stored, stored]);
  expect(stored?.state).toMatchObject({ outcome: 'failed' });
  expect(calls.filter((call) => call.startsWith('commit'))).toHaveLength(2);
  const lines = await store.timeline(id, 0);
  expect(lines.map(({ entry }) => ('status' in entry ? entry.status : entry.type))).toEqual([
    'state',
    'pending',
    'running',
    'running',
    'failed',
    'failed',
    'state',
    'outcome',
  ]);
});

test('what events of one moment ask for is asked for once', async () => {
  const { applyEvent, recorded } = await begin();
  const failed = hook('failed', [aJob('unit', 'failed')]);
  await Promise.all(
    [hook('running'), failed, hook('failed', [aJob('unit', 'failed')])].map((event) => applyEvent(id, event)),
  );
  expect(recorded.filter((line) => line.includes('confirm'))).toHaveLength(1);
});

test('when two processes decide concurrently, the slower one decides again', async () => {
  const { applyEvent, another, store, next, recorded } = await begin();
  const write = held('before');
  next('commit', write.interception);
  const slow = applyEvent(id, deadline);
  await settled();
  await another(id, read('success'));
  write.release();
  expect(outcomeOf(await slow)).toBe('success');
  expect((await store.find(id))?.version).toBe(3);
  expect(recorded).toEqual(['notify: success']);
});

test('a disk that fails fails those who wait for it, and nobody after them', async () => {
  const { applyEvent, next, recorded } = await begin();
  next('commit', failing(storageUnavailable()));
  const failed = [hook('pending'), hook('running')].map((event) => applyEvent(id, event));
  for (const { status } of await Promise.allSettled(failed.slice(0, 1))) expect(status).toBe('rejected');
  await Promise.allSettled(failed);
  recorded.length = 0;
  expect(outcomeOf(await applyEvent(id, read('success')))).toBe('success');
  expect(recorded).toEqual(['notify: success']);
});

test('there is nothing to decide for a trigger that is not there', async () => {
  const { applyEvent } = await begin();
  await expect(applyEvent('trg_none' as typeof id, deadline)).rejects.toMatchObject({ code: 'not_found' });
});
