import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { afterTry, callbackIdOf, dueAgain } from '../../src/domain/callback.ts';
import type { TriggerId } from '../../src/domain/ids.ts';
import { parsePayload } from '../../src/gitlab/webhooks/parse-payload.ts';
import type { Store } from '../../src/store/open-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { noSecrets } from '../contracts/store-contract.ts';
import { aCallback } from '../fakes/fake-callbacks.ts';
import { aRunning, aTrigger, after, read, start } from '../fakes/triggers.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const key = (fill: number): Buffer => Buffer.alloc(32, fill);
const { origin } = aCallback('1');
const urlOf = (id: string): string => `${origin}/canary-${id}`;

let directory = '';
let store: Store;

async function open(keys: [Buffer, ...Buffer[]] = [key(1)]): Promise<Store> {
  const url = `file:${path.join(directory, 'test.db')}`;
  const opened = await openStore({ url, encryptionKeys: keys, parsePayload });
  onTestFinished(() => opened.close());
  return opened;
}

beforeEach(async () => {
  const made = makeTemporaryDirectory();
  onTestFinished(made.remove);
  directory = made.path;
  store = await open();
});

/** A trigger with a callback to deliver. */
async function create(name: string, at = start): Promise<void> {
  const trigger = aTrigger({}, { id: `trg_${name}`, at });
  const callback = { id: callbackIdOf(trigger.id), url: urlOf(name), origin };
  await store.triggers.create(trigger, noSecrets, null, { callback });
}

/** Its pipeline ends. */
async function finish(name: string): Promise<void> {
  const finished = { ...after(aRunning(), read('success')), id: `trg_${name}` as TriggerId };
  expect(await store.triggers.commit(finished, 1, [])).toBe('committed');
}

const idOf = (name: string) => callbackIdOf(`trg_${name}` as TriggerId);
const all = { limit: 10, except: [], exceptOrigins: [] };
const due = async (more: Partial<typeof all> = {}) =>
  (await store.callbacks.findDue(start + 1_000, { ...all, ...more })).map(({ id }) => id);
const find = async (name: string) => {
  const found = await store.callbacks.find(idOf(name));
  if (found === undefined) throw new Error(`no callback of ${name}`);
  return found;
};
const delivered = { kind: 'answered', status: 200, retryAfterMs: null } as const;

test('waits for the end of its trigger, and is due with it', async () => {
  await create('1');
  expect(await find('1')).toEqual(aCallback('1', { state: 'waiting', dueAt: null }));
  expect(await due()).toEqual([]);
  await finish('1');
  expect(await due()).toEqual(['cbk_1']);
  expect(await find('1')).toMatchObject({ state: 'due', dueAt: start });
});

test('is not made due again by what is stored of its trigger after the end', async () => {
  await create('1');
  await finish('1');
  await store.callbacks.save(afterTry(await find('1'), delivered, start, 0), await find('1'));
  const finished = { ...after(aRunning(), read('success')), id: 'trg_1' as TriggerId };
  expect(await store.triggers.commit(finished, 2, [])).toBe('committed');
  expect(await find('1')).toMatchObject({ state: 'delivered', tries: 1 });
});

test('of a request that was made before there is none', async () => {
  await create('1');
  const again = aTrigger({}, { id: 'trg_2' });
  const callback = { id: callbackIdOf(again.id), url: urlOf('2'), origin };
  await store.triggers.create(again, noSecrets, { key: 'k', requestDigest: 'd' });
  await store.triggers.create(again, noSecrets, { key: 'k', requestDigest: 'd' }, { callback });
  expect(await store.callbacks.find(callback.id)).toBeUndefined();
});

test('those due are found in the order of their times, without those that are under way', async () => {
  for (const name of ['1', '2', '3']) {
    await create(name);
    await finish(name);
  }
  await store.callbacks.save({ ...(await find('1')), dueAt: start + 500 }, await find('1'));
  await store.callbacks.save({ ...(await find('2')), dueAt: start + 5_000 }, await find('2'));
  expect(await due()).toEqual(['cbk_3', 'cbk_1']);
  expect(await due({ limit: 1 })).toEqual(['cbk_3']);
  expect(await due({ except: [idOf('3')] as never[] })).toEqual(['cbk_1']);
  expect(await due({ exceptOrigins: [origin] as never[] })).toEqual([]);
});

test('is stored once where two store it', async () => {
  await create('1');
  await finish('1');
  const before = await find('1');
  const next = afterTry(before, { kind: 'unanswered', why: 'no answer in time' }, start + 5, 0);
  expect(await store.callbacks.save(next, before)).toBe('saved');
  expect(await find('1')).toEqual(next);
  expect(await store.callbacks.save(afterTry(before, delivered, start + 6, 0), before)).toBe('stale');
  const again = dueAgain(next, start + 7);
  expect(again === null ? null : await store.callbacks.save(again, next)).toBe('saved');
  expect(await find('1')).toMatchObject({ triedSince: null, dueAt: start + 7, tries: 1 });
});

test('is listed newest first, page by page, or by its state', async () => {
  for (const [index, name] of ['1', '2', '3'].entries()) await create(name, start + index);
  await finish('2');
  const list = (cursor: string | null, state: 'due' | null = null) =>
    store.callbacks.list({ state, limit: 2, cursor });
  const first = await list(null);
  expect(first.items.map(({ id }) => id)).toEqual(['cbk_3', 'cbk_2']);
  const second = await list(first.nextCursor);
  expect(second).toMatchObject({ items: [{ id: 'cbk_1' }], nextCursor: null });
  expect((await list(null, 'due')).items.map(({ id }) => id)).toEqual(['cbk_2']);
  await expect(list('nonsense')).rejects.toMatchObject({ code: 'invalid' });
});

test('those of the same millisecond are all listed, each on one page', async () => {
  const names = ['1', '2', '3', '4', '5'];
  for (const name of names) await create(name);
  const listed: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await store.callbacks.list({ state: null, limit: 2, cursor });
    listed.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(listed).toEqual(names.toReversed().map((name) => `cbk_${name}`));
});

test('its URL is nowhere in the clear, and gone once it is delivered', async () => {
  const inFiles = (): string =>
    readdirSync(directory)
      .map((name) => readFileSync(path.join(directory, name), 'latin1'))
      .join('');
  await create('1');
  await finish('1');
  expect(await store.callbacks.urlOf(idOf('1'))).toBe(urlOf('1'));
  expect(inFiles()).toContain(origin);
  expect(inFiles()).not.toContain('canary');
  await store.callbacks.save(afterTry(await find('1'), delivered, start, 0), await find('1'));
  expect(await store.callbacks.urlOf(idOf('1'))).toBeNull();
});

test('its URL is encrypted anew with a new key', async () => {
  await create('1');
  const rotating = await open([key(2), key(1)]);
  // The trigger's own secrets, and the URL.
  expect(await rotating.rotateKey()).toEqual({ rotated: 2, unreadable: 0 });
  expect(await (await open([key(2)])).callbacks.urlOf(idOf('1'))).toBe(urlOf('1'));
});

test('goes with its trigger', async () => {
  await create('1');
  await create('2');
  await finish('1');
  await store.prune(start + 1, start + 2);
  expect(await store.callbacks.find(idOf('1'))).toBeUndefined();
  expect(await store.callbacks.find(idOf('2'))).toBeDefined();
});
