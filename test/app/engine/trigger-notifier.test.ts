import { expect, test } from 'vitest';
import { createTriggerNotifier } from '../../../src/app/engine/trigger-notifier.ts';
import { aTrigger } from '../../fakes/triggers.ts';

const trigger = aTrigger();
const other = aTrigger({}, { id: 'trg_2' });

test('each listener rings for its trigger, until it has left', () => {
  const waiters = createTriggerNotifier();
  const heard: string[] = [];
  const leave = waiters.subscribe(trigger.id, () => heard.push('one'));
  waiters.subscribe(trigger.id, () => heard.push('two'));
  waiters.subscribe(other.id, () => heard.push('other'));
  waiters.notify(trigger);
  leave();
  waiters.notify(trigger);
  expect(heard).toEqual(['one', 'two', 'two']);
  expect([waiters.count(trigger.id), waiters.count(other.id)]).toEqual([1, 1]);
});

test('a listener that leaves, or joins, while it rings disturbs nobody', () => {
  const waiters = createTriggerNotifier();
  const heard: string[] = [];
  const leave = waiters.subscribe(trigger.id, () => {
    heard.push('leaving');
    leave();
    waiters.subscribe(trigger.id, () => heard.push('joined'));
  });
  waiters.subscribe(trigger.id, () => heard.push('staying'));
  waiters.notify(trigger);
  expect(heard).toEqual(['leaving', 'staying']);
  waiters.notify(trigger);
  expect(heard).toEqual(['leaving', 'staying', 'staying', 'joined']);
});

test('who looks on hears of every trigger, until they have left, and is nobody’s waiter', () => {
  const waiters = createTriggerNotifier();
  const heard: string[] = [];
  const leave = waiters.subscribeAll(({ id }) => heard.push(id));
  waiters.notify(trigger);
  waiters.notify(other);
  expect(waiters.count(trigger.id)).toBe(0);
  leave();
  waiters.notify(trigger);
  expect(heard).toEqual([trigger.id, other.id]);
});

test('leaving twice takes nobody else along', () => {
  const waiters = createTriggerNotifier();
  const leave = waiters.subscribe(trigger.id, () => undefined);
  leave();
  waiters.subscribe(trigger.id, () => undefined);
  leave();
  expect(waiters.count(trigger.id)).toBe(1);
});
