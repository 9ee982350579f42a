import { statSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CallbackId } from '../../src/domain/callback.ts';
import type { Delivery } from '../../src/domain/delivery.ts';
import { decide } from '../../src/domain/trigger/decide.ts';
import type { DeliveryId, JobId, TriggerId } from '../../src/domain/ids.ts';
import { changesBetween } from '../../src/domain/trigger/timeline.ts';
import type { Trigger } from '../../src/domain/trigger/trigger.ts';
import { requested } from '../../src/domain/trigger/trigger.ts';
import { parsePayload } from '../../src/gitlab/webhooks/parse-payload.ts';
import { nextRows, withinLimit } from '../../src/store/delete-in-batches.ts';
import type { Store } from '../../src/store/open-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { aRequest } from '../fakes/triggers.ts';
import type { TemporaryDirectory } from '../support/temporary-directory.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const request = aRequest({ deadlineSeconds: 60 });
const nothing = { variables: {}, inputs: {}, triggerToken: null, apiToken: null };

let directory: TemporaryDirectory;
let store: Store;
beforeEach(async () => {
  directory = makeTemporaryDirectory();
  const url = `file:${path.join(directory.path, 'pt.db')}`;
  store = await openStore({ url, encryptionKeys: null, parsePayload });
});
afterEach(async () => {
  await store.close();
  directory.remove();
});

async function created(id: string): Promise<Trigger> {
  const trigger = requested(id as TriggerId, 'admin', request, 1000);
  await store.triggers.create(trigger, nothing, null);
  return trigger;
}

async function finishedAt(id: string, at: number): Promise<void> {
  const trigger = await created(id);
  const { next } = decide(trigger, { type: 'resolved', at, outcome: 'success', reason: 'by hand' });
  await store.triggers.commit(next, 1, changesBetween(trigger, next));
}

const aReceived = (id: string, receivedAt: number): Delivery => ({
  id: id as DeliveryId,
  receivedAt,
  event: 'Push Hook',
  instance: null,
  userAgent: null,
  credential: { kind: 'shared' },
  payload: { kind: 'ignored', reason: 'of no use' },
  body: null,
});
const received = (id: string, receivedAt: number) => store.inbox.add(aReceived(id, receivedAt));

test('removes what finished or came in before the time, and nothing else', async () => {
  await finishedAt('trg_old', 5_000);
  await finishedAt('trg_new', 20_000);
  await created('trg_pending');
  await received('dlv_old', 5_000);
  await received('dlv_new', 20_000);
  expect(await store.prune(10_000, 30_000)).toEqual({ triggers: 1, deliveries: 1 });
  const left = ['trg_old', 'trg_new', 'trg_pending'].map((id) => store.triggers.find(id as TriggerId));
  expect((await Promise.all(left)).map((found) => found?.trigger.id)).toEqual([
    undefined,
    'trg_new',
    'trg_pending',
  ]);
  expect(await store.inbox.find('dlv_old' as DeliveryId)).toBeUndefined();
  expect(await store.inbox.find('dlv_new' as DeliveryId)).toBeDefined();
});

test('what was removed is remembered for as long again, with nothing of its history', async () => {
  await finishedAt('trg_old', 5_000);
  await store.prune(10_000, 30_000);
  const id = 'trg_old' as TriggerId;
  expect(await store.triggers.wasPruned(id)).toBe(true);
  expect(await store.triggers.timeline(id, 0)).toEqual([]);
  await store.prune(30_001, 60_000);
  expect(await store.triggers.wasPruned(id)).toBe(false);
});

test('removes more than one transaction takes', async () => {
  await Promise.all(Array.from({ length: 1_200 }, (_, index) => received(`dlv_${index}`, 1)));
  expect(await store.prune(10, 20)).toEqual({ triggers: 0, deliveries: 1_200 });
});

test('nothing that belonged to a removed trigger stays', async () => {
  const callback = {
    id: 'cb_1' as CallbackId,
    url: 'https://receiver.example.com/',
    origin: 'https://receiver.example.com',
  };
  const trigger = requested('trg_old' as TriggerId, 'admin', request, 1000);
  await store.triggers.create(trigger, nothing, null, { callback });
  await store.triggers.claimPlay(request.gitlabUrl, 5001 as JobId, trigger.id);
  const { next } = decide(trigger, { type: 'resolved', at: 5_000, outcome: 'success', reason: 'by hand' });
  await store.triggers.commit(next, 1, changesBetween(trigger, next));
  await store.prune(10_000, 30_000);
  expect(await store.callbacks.find(callback.id)).toBeUndefined();
  // Had its play stayed, the job would be another trigger's for ever.
  expect(await store.triggers.claimPlay(request.gitlabUrl, 5001 as JobId, 'trg_new' as TriggerId)).toBe(
    'first',
  );
});

test('a trigger whose history is longer than a batch goes with all of it', async () => {
  const trigger = await created('trg_long');
  const { next } = decide(trigger, { type: 'resolved', at: 5_000, outcome: 'success', reason: 'by hand' });
  const entries = Array.from({ length: 3_000 }, () => ({ type: 'state', state: 'pending' }) as const);
  await store.triggers.commit(next, 1, entries);
  await finishedAt('trg_short', 5_000);
  expect(await store.prune(10_000, 30_000)).toEqual({ triggers: 2, deliveries: 0 });
  expect(await store.triggers.timeline(trigger.id, 0)).toEqual([]);
});

describe('what one batch takes', () => {
  test.each([
    [60, 50, 50],
    [400, 21, 200],
    [50, 50, 50],
    [100, 15, 100],
    [100, 5, 200],
    [400, 5, 500],
  ])('%i rows in %i ms: then %i rows', (rows, tookMs, then) => {
    expect(nextRows(rows, tookMs)).toBe(then);
  });

  test.each([
    [[], 0],
    [[2_000], 1],
    [[600, 400, 1], 2],
    [[2_000, 1], 1],
    [[null, null, 1_000], 3],
  ])('of %j bytes within 1000: %i rows', (bytes, count) => {
    const found = bytes.map((each) => ({ bytes: each }));
    expect(withinLimit(found, { bytes: 1_000 })).toHaveLength(count);
  });
});

test(
  'the event loop and other writers have their turn while much is removed',
  { timeout: 300_000 },
  async () => {
    const body = 'x'.repeat(64 * 1024);
    const large = Array.from({ length: 1_000 }, (_, index) => ({ ...aReceived(`dlv_${index}`, 1), body }));
    await Promise.all(large.map((delivery) => store.inbox.add(delivery)));
    const pruning = store.prune(10, 20);
    let [isDone, checks] = [false, 0];
    void pruning.then(() => (isDone = true));
    while (!isDone) {
      await store.check();
      checks += 1;
    }
    expect(await pruning).toEqual({ triggers: 0, deliveries: 1_000 });
    // 64 MB are removed in pieces of 1 MB: far more than a few checks come in between.
    expect(checks).toBeGreaterThan(20);
  },
);

test('the write-ahead log is cut back after a rush', { timeout: 300_000 }, async () => {
  const log = path.join(directory.path, 'pt.db-wal');
  await store.inbox.add({ ...aReceived('dlv_1', 1), body: 'x'.repeat(20 * 2 ** 20) });
  expect(statSync(log).size).toBeGreaterThan(20 * 2 ** 20);
  for (let index = 0; index < 10; index += 1) await store.check();
  expect(statSync(log).size).toBeLessThanOrEqual(8 * 2 ** 20);
});
