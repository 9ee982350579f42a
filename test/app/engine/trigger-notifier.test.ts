import { expect, test } from 'vitest';
import { createWaiters } from '../../../src/app/engine/trigger-notifier.ts';
import { aTrigger } from '../../fakes/triggers.ts';

const trigger = aTrigger();
const other = aTrigger({}, { id: 'trg_2' });

test('each bell rings for its trigger, until it has left', () => {
  const waiters = createWaiters();
  const heard: string[] = [];
  const leave = waiters.join(trigger.id, () => heard.push('one'));
  waiters.join(trigger.id, () => heard.push('two'));
  waiters.join(other.id, () => heard.push('other'));
  waiters.ring(trigger);
  leave();
  waiters.ring(trigger);
  expect(heard).toEqual(['one', 'two', 'two']);
  expect([waiters.count(trigger.id), waiters.count(other.id)]).toEqual([1, 1]);
});

test('a bell that leaves, or joins, while it rings disturbs nobody', () => {
  const waiters = createWaiters();
  const heard: string[] = [];
  const leave = waiters.join(trigger.id, () => {
    heard.push('leaving');
    leave();
    waiters.join(trigger.id, () => heard.push('joined'));
  });
  waiters.join(trigger.id, () => heard.push('staying'));
  waiters.ring(trigger);
  expect(heard).toEqual(['leaving', 'staying']);
  waiters.ring(trigger);
  expect(heard).toEqual(['leaving', 'staying', 'staying', 'joined']);
});

test('who looks on hears of every trigger, until they have left, and is nobody’s waiter', () => {
  const waiters = createWaiters();
  const heard: string[] = [];
  const leave = waiters.watch(({ id }) => heard.push(id));
  waiters.ring(trigger);
  waiters.ring(other);
  expect(waiters.count(trigger.id)).toBe(0);
  leave();
  waiters.ring(trigger);
  expect(heard).toEqual([trigger.id, other.id]);
});

test('leaving twice takes nobody else along', () => {
  const waiters = createWaiters();
  const leave = waiters.join(trigger.id, () => undefined);
  leave();
  waiters.join(trigger.id, () => undefined);
  leave();
  expect(waiters.count(trigger.id)).toBe(1);
});
