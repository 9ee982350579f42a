import { expect, test } from 'vitest';
import { createBatchLoader } from '../../src/store/batch-loader.ts';

/** A table that notes what it is asked for. */
function createTable(rows: Readonly<Record<string, number>>) {
  const queries: (readonly string[])[] = [];
  const values = new Map(Object.entries(rows));
  const find = createBatchLoader<string, number>((keys) => {
    queries.push(keys);
    return Promise.resolve(new Map([...values].filter(([key]) => keys.includes(key))));
  });
  return { find, queries, values };
}

test('what is asked for together is one query, each key once', async () => {
  const { find, queries } = createTable({ a: 1, b: 2 });
  expect(await Promise.all([find('a'), find('b'), find('a'), find('none')])).toEqual([1, 2, 1, undefined]);
  expect(queries).toEqual([['a', 'b', 'none']]);
});

test('nobody is given what was read before it asked', async () => {
  const { find, queries, values } = createTable({ a: 1 });
  const before = find('a').then(async (value) => {
    values.set('a', 2);
    return [value, await find('a')];
  });
  expect(await before).toEqual([1, 2]);
  expect(queries).toEqual([['a'], ['a']]);
});

test('a failed query rejects the calls that waited for it, and no later call', async () => {
  let isBroken = true;
  const find = createBatchLoader<string, number>(() =>
    isBroken ? Promise.reject(new Error('no')) : Promise.resolve(new Map([['a', 1]])),
  );
  const answers = await Promise.allSettled([find('a'), find('b')]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  isBroken = false;
  expect(await find('a')).toBe(1);
});
