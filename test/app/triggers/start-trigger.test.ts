import { expect, test } from 'vitest';
import type { NewTrigger } from '../../../src/app/triggers/start-trigger.ts';
import { settled } from '../../fakes/fake-clock.ts';
import { dying, failing } from '../../fakes/intercept.ts';
import { aRequest } from '../../fakes/triggers.ts';
import { storageUnavailable } from '../../fakes/failures.ts';
import { createOutside, nothingSecret, startEngine } from '../start-engine.ts';

const wanted = (given: Partial<NewTrigger> = {}): NewTrigger => ({
  caller: 'ci',
  request: aRequest(),
  secrets: nothingSecret,
  key: { key: '1:2', requestDigest: 'digest' },
  ...given,
});

test('what is asked for is on disk before it is answered', async () => {
  const { engine, store, clock } = startEngine();
  const trigger = await engine.startTrigger(wanted());
  expect(trigger).toMatchObject({ caller: 'ci', state: { kind: 'requested' }, createdAt: clock.now() });
  expect(store.calls[0]).toBe('create');
});

test('what cannot be written is not begun', async () => {
  const { engine, store, gitlab } = startEngine();
  store.next('create', failing(storageUnavailable()));
  await expect(engine.startTrigger(wanted())).rejects.toMatchObject({ code: 'storage_unavailable' });
  await settled();
  expect(gitlab.calls).toEqual([]);
});

test('the same key and request give the first trigger, as it is now, and one pipeline', async () => {
  const { engine, gitlab, find } = startEngine();
  const [first, repeated] = await Promise.all([engine.startTrigger(wanted()), engine.startTrigger(wanted())]);
  await settled();
  const later = await engine.startTrigger(wanted());
  expect([repeated.id, later]).toEqual([first.id, await find(later.id)]);
  expect(gitlab.pipelines()).toHaveLength(1);
});

test('the same key with another request is an error', async () => {
  const { engine, gitlab } = startEngine();
  await engine.startTrigger(wanted());
  const key = { key: '1:2', requestDigest: 'other' };
  await expect(engine.startTrigger(wanted({ key }))).rejects.toMatchObject({ code: 'key_reused' });
  await settled();
  expect(gitlab.pipelines()).toHaveLength(1);
});

test('without a key each request is one of its own', async () => {
  const { engine, gitlab } = startEngine();
  const triggers = [
    await engine.startTrigger(wanted({ key: null })),
    await engine.startTrigger(wanted({ key: null })),
  ];
  await settled();
  expect([new Set(triggers.map(({ id }) => id)).size, gitlab.pipelines().length]).toEqual([2, 2]);
});

test('asked for again after a crash, it is the first one still', async () => {
  const outside = createOutside();
  outside.store.next('secretsOf', dying({ after: 'nothing' }));
  const first = await startEngine(outside).engine.startTrigger(wanted());
  const { engine, gitlab } = startEngine(outside);
  await engine.sweep.resume();
  expect((await engine.startTrigger(wanted())).id).toBe(first.id);
  await settled();
  expect(gitlab.pipelines()).toHaveLength(1);
});
