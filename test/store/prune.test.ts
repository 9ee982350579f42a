import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decide } from '../../src/domain/trigger/decide.ts';
import type { DeliveryId, TriggerId } from '../../src/domain/ids.ts';
import { changesBetween } from '../../src/domain/trigger/timeline.ts';
import type { Trigger } from '../../src/domain/trigger/trigger.ts';
import { requested } from '../../src/domain/trigger/trigger.ts';
import { parsePayload } from '../../src/gitlab/webhooks/parse-payload.ts';
import type { Store } from '../../src/store/open-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { TemporaryDirectory } from '../support/temporary-directory.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const request = {
  project: 'group/app',
  ref: 'main',
  retry: false,
  pipelineId: null,
  onManual: 'fail',
  jobs: null,
  deadlineSeconds: 60,
  cancelOnDeadline: false,
  gitlabUrl: 'https://gitlab.example.com',
  upstream: null,
  cancelWithUpstream: false,
} as const;
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

const received = (id: string, receivedAt: number) =>
  store.inbox.add({
    id: id as DeliveryId,
    receivedAt,
    event: 'Push Hook',
    instance: null,
    userAgent: null,
    payload: { kind: 'ignored', reason: 'of no use' },
    body: null,
  });

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
