import { expect, onTestFinished, test } from 'vitest';
import type { ChangeFeed } from '../../src/app/ports/index.ts';
import { parsePayload } from '../../src/gitlab/webhooks/parse-payload.ts';
import { createChangeFeed } from '../../src/store/change-feed.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { Store } from '../../src/store/open-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { queryDatabase } from '../../src/store/query-database.ts';
import { deliveryColumns } from '../../src/store/rows.ts';
import { aDelivery, noSecrets } from '../contracts/store-contract.ts';
import { aTrigger } from '../fakes/triggers.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

/** Two processes, as far as SQLite can see: each has connections of its own. */
async function begin() {
  const directory = makeTemporaryDirectory();
  onTestFinished(directory.remove);
  const file = `${directory.path}/test.db`;
  const open = async (): Promise<Store> => {
    const store = await openStore({ url: `file:${file}`, encryptionKeys: [Buffer.alloc(32)], parsePayload });
    onTestFinished(() => store.close());
    return store;
  };
  return { file, here: await open(), there: await open() };
}

const create = ({ triggers }: Store, id: string) => triggers.create(aTrigger({}, { id }), noSecrets, null);

/** Whether there is something within a time in which it is looked for several times. */
async function isChanged(feed: ChangeFeed, withinMs: number): Promise<boolean> {
  const given = new AbortController();
  const timer = setTimeout(() => given.abort(), withinMs);
  await feed.changed(given.signal);
  clearTimeout(timer);
  return !given.signal.aborted;
}

async function all(feed: ChangeFeed) {
  const [triggers, deliveries]: [string[], string[]] = [[], []];
  for (let isMore = true; isMore;) {
    const read = await feed.next();
    triggers.push(...read.triggers);
    deliveries.push(...read.deliveries);
    isMore = read.isMore;
  }
  return { triggers, deliveries };
}

test('what another process stores is given, each once and in its order', async () => {
  const { here, there } = await begin();
  await create(there, 'trg_1');
  await there.inbox.add(aDelivery('dlv_1'));
  await create(there, 'trg_2');
  await there.triggers.commit(aTrigger({}, { id: 'trg_1' }), 1, [{ type: 'state', state: 'pending' }]);
  expect(await isChanged(here.changes, 20_000)).toBe(true);
  expect(await all(here.changes)).toEqual({ triggers: ['trg_1', 'trg_2'], deliveries: ['dlv_1'] });
  expect(await all(here.changes)).toEqual({ triggers: [], deliveries: [] });
});

test.each<[string, (here: Store) => Promise<unknown>]>([
  ['triggers', (here) => create(here, 'trg_1')],
  [
    'deliveries',
    (here) => Promise.all(['dlv_1', 'dlv_2', 'dlv_1'].map((id) => here.inbox.add(aDelivery(id)))),
  ],
])('what this process alone stores is no change: %s', async (_what, store) => {
  const { here } = await begin();
  await isChanged(here.changes, 1);
  await store(here);
  expect(await isChanged(here.changes, 300)).toBe(false);
  await store(here).catch(() => undefined);
  expect(await isChanged(here.changes, 300)).toBe(false);
});

test('deliveries of this process are never given, whatever else changes', async () => {
  const { here } = await begin();
  for (const id of ['dlv_1', 'dlv_2', 'dlv_1']) {
    await create(here, `trg_${id}`).catch(() => undefined);
    await here.inbox.add(aDelivery(id));
    expect((await all(here.changes)).deliveries).toEqual([]);
  }
});

test('a delivery that another process stored between two of this one is given', async () => {
  const { here, there } = await begin();
  await here.inbox.add(aDelivery('dlv_1'));
  await there.inbox.add(aDelivery('dlv_2'));
  await here.inbox.add(aDelivery('dlv_3'));
  expect(await isChanged(here.changes, 20_000)).toBe(true);
  expect((await all(here.changes)).deliveries).toEqual(['dlv_2']);
});

test('a delivery whose fate is unknown here is given, should it be there', async () => {
  const { file, there } = await begin();
  const database = await openDatabase(`file:${file}`);
  onTestFinished(database.close);
  const feed = await createChangeFeed(database);
  const add = feed.remembered(() => Promise.reject(new Error('no answer')));
  await expect(add([deliveryColumns(aDelivery('dlv_1'))], 0)).rejects.toThrow('no answer');
  await there.inbox.add(aDelivery('dlv_1'));
  expect((await all(feed)).deliveries).toEqual(['dlv_1']);
});

test('deliveries of this process are not given with those of the other one', async () => {
  const { here, there } = await begin();
  await here.inbox.add(aDelivery('dlv_here'));
  await there.inbox.add(aDelivery('dlv_there'));
  expect((await all(here.changes)).deliveries).toEqual(['dlv_there']);
});

test(
  'what was stored by this process long before a change of the other one is passed over',
  { timeout: 300_000 },
  async () => {
    const { here, there } = await begin();
    await create(here, 'trg_here');
    expect(await isChanged(here.changes, 5_000)).toBe(false);
    await create(there, 'trg_there');
    expect(await isChanged(here.changes, 20_000)).toBe(true);
    expect((await all(here.changes)).triggers).toEqual(['trg_there']);
  },
);

test('more than one call reads is given by the next ones, none left out', async () => {
  const { here, there } = await begin();
  const ids = Array.from({ length: 2_500 }, (_, index) => `dlv_${index}`);
  await Promise.all(ids.map((id) => there.inbox.add(aDelivery(id))));
  const { deliveries } = await all(here.changes);
  expect(deliveries.toSorted()).toEqual(ids.toSorted());
});

test('a call that fails has passed over nothing', async () => {
  const { file, here, there } = await begin();
  await create(there, 'trg_1');
  const sql = (text: string) => queryDatabase({ url: `file:${file}` }, (query) => query(text));
  await sql('ALTER TABLE "Delivery" RENAME TO "Elsewhere"');
  await expect(here.changes.next()).rejects.toMatchObject({ code: 'storage_unavailable' });
  await sql('ALTER TABLE "Elsewhere" RENAME TO "Delivery"');
  expect((await all(here.changes)).triggers).toEqual(['trg_1']);
});

test('what comes after a prune of everything is given', async () => {
  const { here, there } = await begin();
  for (const id of ['dlv_1', 'dlv_2', 'dlv_3']) await there.inbox.add(aDelivery(id));
  await all(here.changes);
  await there.prune(Date.now() * 2, 1);
  await there.inbox.add(aDelivery('dlv_4'));
  expect((await all(here.changes)).deliveries).toEqual(['dlv_4']);
});
