import { expect, test } from 'vitest';
import { writeQueue } from '../../src/store/write-queue.ts';

/** A database of one list, whose transactions are counted and rolled back when their work throws. */
function listDatabase() {
  const stored: string[] = [];
  const counts = { transactions: 0, open: 0, most: 0 };
  const queue = writeQueue<string[]>(async (work) => {
    counts.transactions += 1;
    counts.open += 1;
    counts.most = Math.max(counts.most, counts.open);
    const draft: string[] = [];
    try {
      const result = await work(draft);
      stored.push(...draft);
      return result;
    } finally {
      counts.open -= 1;
    }
  });
  const add = (text: string): Promise<number> => queue.write((list) => Promise.resolve(list.push(text)));
  const fail = (): Promise<never> =>
    queue.write((list) => {
      list.push('half');
      return Promise.reject(new Error('no'));
    });
  return { ...queue, stored, counts, add, fail };
}

test('what arrives together shares a transaction, in its order', async () => {
  const { add, stored, counts } = listDatabase();
  await Promise.all(['a', 'b', 'c'].map(add));
  expect(stored).toEqual(['a', 'b', 'c']);
  expect(counts.transactions).toBe(1);
});

test('never two transactions at once', async () => {
  const { add, counts, stored } = listDatabase();
  await Promise.all(Array.from({ length: 250 }, (_, index) => add(String(index))));
  expect(counts.most).toBe(1);
  expect(stored).toHaveLength(250);
});

test('one that fails takes no other with it, and leaves nothing behind', async () => {
  const { add, fail, stored } = listDatabase();
  const results = await Promise.allSettled([add('a'), fail(), add('b')]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(stored).toEqual(['a', 'b']);
});

test('goes on after a failure, and is idle when all is done', async () => {
  const { add, fail, idle, stored } = listDatabase();
  await expect(fail()).rejects.toThrow('no');
  void add('a');
  await idle();
  expect(stored).toEqual(['a']);
});
