import { expect, test } from 'vitest';
import { createGroupCommit } from '../../src/store/group-commit.ts';

const generous = { items: 1000, bytes: 1000 };

test('commits what came within two milliseconds as one group, and answers each with its own result', async () => {
  const groups: (readonly number[])[] = [];
  const add = createGroupCommit<number, number>((items) => {
    groups.push(items);
    return Promise.resolve(items.map((item) => item * 10));
  }, generous);
  expect(await Promise.all([add(1, 1), add(2, 1), add(3, 1)])).toEqual([10, 20, 30]);
  expect(groups).toEqual([[1, 2, 3]]);
});

test('what comes while a commit runs goes into the next one', async () => {
  const groups: (readonly number[])[] = [];
  let finish: () => void = () => undefined;
  const add = createGroupCommit<number, number>(async (items) => {
    groups.push(items);
    await new Promise<void>((resolve) => (finish = resolve));
    return items;
  }, generous);
  const first = add(1, 1);
  await expect.poll(() => groups.length).toBe(1);
  const later = [add(2, 1), add(3, 1)];
  finish();
  await first;
  await expect.poll(() => groups.length).toBe(2);
  finish();
  await Promise.all(later);
  expect(groups).toEqual([[1], [2, 3]]);
});

test('a group counts its time from when its first item came', async () => {
  const times = [100, 101, 150];
  const since: number[] = [];
  const add = createGroupCommit<number, number>(
    (items, from) => {
      since.push(from);
      return Promise.resolve(items);
    },
    generous,
    () => times.shift() ?? NaN,
  );
  await Promise.all([add(1, 1), add(2, 1)]);
  await add(3, 1);
  expect(since).toEqual([100, 150]);
});

test('a large group is answered in portions: the event loop has its turns in between', async () => {
  const add = createGroupCommit<number, number>((items) => Promise.resolve(items), generous);
  let answered = 0;
  const most: number[] = [];
  const all = Promise.all(Array.from({ length: 450 }, (_, item) => add(item, 1).then(() => (answered += 1))));
  for (let before = 0; answered < 450; before = answered) {
    await new Promise((resolve) => setImmediate(resolve));
    most.push(answered - before);
  }
  await all;
  expect(Math.max(...most)).toBeLessThanOrEqual(100);
});

test('a failed commit rejects every item of its group, and the next commit is tried', async () => {
  let isBroken = true;
  const add = createGroupCommit<number, number>(
    (items) => (isBroken ? Promise.reject(new Error('disk full')) : Promise.resolve(items)),
    generous,
  );
  const results = await Promise.allSettled([add(1, 1), add(2, 1)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  isBroken = false;
  expect(await add(3, 1)).toBe(3);
});

test.each([
  ['items', { items: 2, bytes: 1000 }, 1],
  ['bytes', { items: 1000, bytes: 20 }, 10],
])('refuses more than the queue holds: %s', async (_what, limits, bytes) => {
  const add = createGroupCommit<number, number>((items) => Promise.resolve(items), limits);
  const kept = [add(1, bytes), add(2, bytes)];
  await expect(add(3, bytes)).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(await Promise.all(kept)).toEqual([1, 2]);
  expect(await add(4, bytes)).toBe(4);
});
