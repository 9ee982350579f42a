import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTriggerNotifier } from '../../../src/app/engine/trigger-notifier.ts';
import type { FeedItem, TriggerFeed } from '../../../src/app/triggers/trigger-feed.ts';
import { createTriggerFeed } from '../../../src/app/triggers/trigger-feed.ts';
import type { Caller } from '../../../src/domain/access/caller.ts';
import { maySee } from '../../../src/domain/access/caller.ts';
import type { TriggerId } from '../../../src/domain/ids.ts';
import type { Trigger } from '../../../src/domain/trigger/trigger.ts';
import { createMemoryStore } from '../../../src/store/memory/store.ts';
import { noSecrets } from '../../contracts/store-contract.ts';
import { aTrigger } from '../../fakes/triggers.ts';

const admin: Caller = { id: 'admin', role: 'admin', projects: null };
const owner: Caller = { id: 'ci', role: 'trigger', projects: null };
const reader: Caller = { id: 'reader', role: 'read', projects: ['group/*'] };

/** Triggers that change, each time by one number in their `deadlineAt`. */
function begin() {
  const { triggers: store } = createMemoryStore();
  const waiters = createTriggerNotifier();
  let changes = 0;

  async function create(id: string, { caller = 'ci', project = 'group/app' } = {}): Promise<void> {
    const trigger = aTrigger({ project }, { id, caller });
    await store.create(trigger, noSecrets, null);
    waiters.notify(trigger);
  }

  /** @param how without a line of the timeline, or without a notification */
  async function change(id: string, { hasLine = true, isNotified = true } = {}): Promise<void> {
    const stored = await store.find(id as TriggerId);
    if (stored === undefined) throw new Error(`no trigger ${id}`);
    changes += 1;
    const next: Trigger = { ...stored.trigger, deadlineAt: changes };
    const entry = { type: 'job', id: 1, name: 'unit', stage: 'test', status: `${changes}` } as const;
    await store.commit(next, stored.version, hasLine ? [entry] : []);
    if (isNotified) waiters.notify(next);
  }

  const open = (caller: Caller, lastSeen: number | null = null): TriggerFeed & { wakes: () => number } => {
    const feed = createTriggerFeed({ store, waiters }, caller, lastSeen);
    let wakes = 0;
    feed.subscribe(() => (wakes += 1));
    return { ...feed, wakes: () => wakes };
  };
  return { store, waiters, create, change, open };
}

/** Everything that there is to read now. */
async function readAll(feed: TriggerFeed): Promise<readonly FeedItem[]> {
  const all: FeedItem[] = [];
  for (let isMore = true; isMore;) {
    const next = await feed.next();
    all.push(...next.items);
    ({ isMore } = next);
  }
  return all;
}

const idsOf = (items: readonly FeedItem[]): readonly string[] => items.map(({ trigger }) => trigger.id);

test('a feed begins with what changes from now on', async () => {
  const { create, change, open } = begin();
  await create('trg_old');
  const feed = open(admin);
  expect(await readAll(feed)).toEqual([]);
  await create('trg_new');
  await change('trg_old');
  expect(idsOf(await readAll(feed))).toEqual(['trg_new', 'trg_old']);
  expect(await readAll(feed)).toEqual([]);
});

test('a trigger that changes several times between two reads is given once, as it is then', async () => {
  const { create, change, open, store } = begin();
  await create('trg_1');
  const feed = open(admin);
  await readAll(feed);
  for (let time = 0; time < 5; time += 1) await change('trg_1');
  const [item, ...others] = await readAll(feed);
  expect(others).toEqual([]);
  expect(item?.trigger).toEqual((await store.find('trg_1' as TriggerId))?.trigger);
  expect(item?.sequence).toBe(await store.lastSequence());
});

test('a change without a line of the timeline is given without a sequence, if it is notified', async () => {
  const { create, change, open } = begin();
  await create('trg_1');
  const feed = open(admin);
  await readAll(feed);
  const before = feed.position();
  await change('trg_1', { hasLine: false });
  expect(await readAll(feed)).toMatchObject([{ trigger: { id: 'trg_1' }, sequence: null }]);
  expect(feed.position()).toBe(before);
});

test('a line of which nobody was notified is given with the next read', async () => {
  const { create, change, open } = begin();
  await create('trg_1');
  const feed = open(admin);
  await readAll(feed);
  await change('trg_1', { isNotified: false });
  expect(feed.wakes()).toBe(0);
  expect(idsOf(await readAll(feed))).toEqual(['trg_1']);
});

test.each([
  ['after a line', 1, ['trg_2', 'trg_3']],
  ['after none', 0, ['trg_1', 'trg_2', 'trg_3']],
  ['after one that is not there any more, as once a backup was restored', 99, []],
])('a feed that goes on %s gives what has changed since', async (_what, lastSeen, expected) => {
  const { create, change, open } = begin();
  for (const id of ['trg_1', 'trg_2', 'trg_3']) await create(id);
  const feed = open(admin, lastSeen);
  expect(idsOf(await readAll(feed))).toEqual(expected);
  await change('trg_2');
  expect(idsOf(await readAll(feed))).toEqual(['trg_2']);
});

test('a caller is given, and woken by, the triggers that it may see', async () => {
  const { create, change, open } = begin();
  const feeds = [open(admin, 0), open(owner, 0), open(reader, 0)];
  await create('trg_own');
  await create('trg_other', { caller: 'other' });
  await create('trg_elsewhere', { caller: 'other', project: 'elsewhere/app' });
  const given = await Promise.all(feeds.map(readAll));
  expect(given.map(idsOf)).toEqual([
    ['trg_own', 'trg_other', 'trg_elsewhere'],
    ['trg_own'],
    ['trg_own', 'trg_other'],
  ]);
  const wakes = feeds.map((feed) => feed.wakes());
  await change('trg_elsewhere', { hasLine: false });
  expect(feeds.map((feed, index) => feed.wakes() - (wakes[index] ?? 0))).toEqual([1, 0, 0]);
  for (const feed of feeds) expect(feed.position()).toBe(feeds[0]?.position());
});

describe('a slow reader', () => {
  test('is given a few triggers at a time, and may go on behind each of them', async () => {
    const { create, open } = begin();
    const feed = open(admin);
    await readAll(feed);
    const ids = Array.from({ length: 100 }, (_, index) => `trg_${index}`);
    for (const id of ids) await create(id);
    const { items, isMore } = await feed.next();
    expect([items.length, isMore]).toEqual([20, true]);
    expect(feed.position()).toBe(items.at(-1)?.sequence);
    const resumed = open(admin, feed.position());
    expect(idsOf([...items, ...(await readAll(resumed))])).toEqual(ids);
    expect(idsOf([...items, ...(await readAll(feed))])).toEqual(ids);
  });

  test('has at most a thousand changed triggers remembered, and misses no line of the others', async () => {
    const { create, change, open, store } = begin();
    const ids = Array.from({ length: 1_200 }, (_, index) => `trg_${index}`);
    for (const id of ids) await create(id);
    const feed = open(admin);
    await readAll(feed);
    for (const id of ids) await change(id, { hasLine: false });
    const given = await readAll(feed);
    expect(given).toHaveLength(1_000);
    for (const id of ids) await change(id);
    const [last] = (await readAll(feed)).filter(({ trigger }) => trigger.id === ids.at(-1));
    expect(last?.trigger).toEqual((await store.find(ids.at(-1) as TriggerId))?.trigger);
  });
});

test('whatever changes and whenever it is read, a reader ends with what is stored, also one that goes on later', async () => {
  const step = fc.oneof(
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('create' as const), caller: fc.constantFrom('ci', 'other') }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('change' as const),
        which: fc.nat(),
        hasLine: fc.boolean(),
        isNotified: fc.boolean(),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('read' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('resume' as const) }) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.constantFrom(admin, owner),
      async (steps, caller) => {
        const { create, change, open, store } = begin();
        const ids: string[] = [];
        const shown = new Map<string, Trigger>();
        let feed = open(caller);
        let lastId = -1;
        const take = (items: readonly FeedItem[]): void => {
          for (const { trigger, sequence } of items) {
            expect(maySee(caller, trigger)).toBe(true);
            shown.set(trigger.id, trigger);
            if (sequence === null) continue;
            expect(sequence).toBeGreaterThan(lastId);
            lastId = sequence;
          }
          expect(feed.position() ?? 0).toBeGreaterThanOrEqual(lastId);
        };
        take((await feed.next()).items);
        for (const each of steps) {
          if (each.kind === 'create') {
            ids.push(`trg_${ids.length}`);
            await create(`trg_${ids.length - 1}`, { caller: each.caller });
          } else if (each.kind === 'read') take((await feed.next()).items);
          else if (each.kind === 'resume') feed = open(caller, feed.position());
          // What has no line is given to a reader that is there, and notified.
          else if (ids.length > 0 && (each.hasLine || each.isNotified))
            await change(ids[each.which % ids.length] ?? '', each);
        }
        const isLost = steps.some(({ kind }) => kind === 'resume');
        // A change without a line may have come to the feed that a reader left.
        if (isLost) for (const id of ids) await change(id);
        take(await readAll(feed));
        const stored = await Promise.all(ids.map(async (id) => (await store.find(id as TriggerId))?.trigger));
        const visible = stored.filter((trigger) => trigger !== undefined && maySee(caller, trigger));
        expect([...shown.values()].map(({ id }) => id).toSorted()).toEqual(
          visible.map((t) => t?.id).toSorted(),
        );
        for (const trigger of visible) expect(shown.get(trigger?.id ?? '')).toEqual(trigger);
      },
    ),
  );
});
