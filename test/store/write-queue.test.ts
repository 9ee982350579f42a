import { describe, expect, test } from 'vitest';
import { createWriteQueue } from '../../src/store/write-queue.ts';
import { createFakeClock, settled } from '../fakes/fake-clock.ts';

const [retryForMs, pauseMs] = [4_000, 50];

/** A database of one list, whose transactions are counted and rolled back when their work throws. */
function listDatabase() {
  const stored: string[] = [];
  const counts = { transactions: 0, open: 0, most: 0 };
  const clock = createFakeClock();
  let isHeld = false;
  const isBusy = (error: unknown): boolean => error instanceof Error && error.message === 'busy';
  const queue = createWriteQueue<string[]>(transaction, { isBusy, retryForMs, pauseMs, clock });

  async function transaction<T>(work: (list: string[]) => Promise<T>): Promise<T> {
    counts.transactions += 1;
    counts.open += 1;
    counts.most = Math.max(counts.most, counts.open);
    const draft: string[] = [];
    try {
      if (isHeld) throw new Error('busy');
      const result = await work(draft);
      stored.push(...draft);
      return result;
    } finally {
      counts.open -= 1;
    }
  }

  const add = (text: string): Promise<number> => queue.write((list) => Promise.resolve(list.push(text)));
  const addElsewhere = (text: string): Promise<number> =>
    queue.writeElsewhere(async () => {
      counts.open += 1;
      counts.most = Math.max(counts.most, counts.open);
      await settled();
      counts.open -= 1;
      if (isHeld) throw new Error('busy');
      return stored.push(text);
    });
  const fail = (): Promise<never> =>
    queue.write((list) => {
      list.push('half');
      return Promise.reject(new Error('no'));
    });
  /** The queue lets others have their turn between its transactions. */
  const rest = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn += 1) await settled();
  };

  return {
    ...queue,
    stored,
    counts,
    now: () => clock.now(),
    rest,
    /** Lets time pass, from one try to the next. */
    pass: async (ms: number) => {
      await rest();
      for (let passed = 0; passed < ms; passed += pauseMs) {
        await clock.advance(pauseMs);
        await rest();
      }
    },
    add,
    addElsewhere,
    fail,
    /** Whether somebody else holds the database from now on. */
    hold: (value: boolean) => {
      isHeld = value;
    },
  };
}

test('what arrives together shares a transaction, in its order', async () => {
  const { add, stored, counts } = listDatabase();
  await Promise.all(['a', 'b', 'c'].map((text) => add(text)));
  expect(stored).toEqual(['a', 'b', 'c']);
  expect(counts.transactions).toBe(1);
});

test('what is written elsewhere comes before what waits, and never beside a transaction', async () => {
  const { add, addElsewhere, stored, counts } = listDatabase();
  const many = Array.from({ length: 250 }, (_, index) => add(`inside ${index}`));
  await Promise.all([...many, addElsewhere('elsewhere')]);
  expect(stored.slice(0, 2)).toEqual(['elsewhere', 'inside 0']);
  expect([stored.length, counts.most]).toEqual([251, 1]);
});

test('what is written elsewhere and the transactions take turns, however many wait of each', async () => {
  const { add, addElsewhere, stored } = listDatabase();
  const elsewhere = ['e1', 'e2', 'e3'].map((text) => addElsewhere(text));
  const inside = Array.from({ length: 150 }, (_, index) => add(`i${index}`));
  await Promise.all([...elsewhere, ...inside]);
  const order = [stored[0], stored[1], stored[101], stored[102], stored[152]];
  expect(order).toEqual(['e1', 'i0', 'e2', 'i100', 'e3']);
});

test('what is written elsewhere fails by itself', async () => {
  const { add, writeElsewhere, stored } = listDatabase();
  const failed = writeElsewhere(() => Promise.reject(new Error('no')));
  const results = await Promise.allSettled([add('a'), failed, add('b')]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(stored).toEqual(['a', 'b']);
});

test('the queue never runs two transactions concurrently', async () => {
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

describe('while somebody else holds the database', () => {
  /** How each fares, as it becomes known. */
  function watch(writes: Readonly<Record<string, Promise<unknown>>>): Record<string, string> {
    const fates: Record<string, string> = {};
    for (const [name, write] of Object.entries(writes))
      void write.then(
        () => (fates[name] = 'stored'),
        (error: unknown) => (fates[name] = String(error)),
      );
    return fates;
  }

  test('it is tried again, and what came meanwhile goes along, in its order', async () => {
    const { hold, add, pass, rest, stored, counts } = listDatabase();
    hold(true);
    const fates = watch({ a: add('a') });
    await pass(retryForMs - pauseMs);
    Object.assign(fates, watch({ b: add('b') }));
    await rest();
    expect(counts.transactions).toBe(retryForMs / pauseMs);
    hold(false);
    await pass(pauseMs);
    expect(stored).toEqual(['a', 'b']);
    expect(counts.transactions).toBe(retryForMs / pauseMs + 1);
  });

  test('all writes that have waited for long enough fail together, tried or not', async () => {
    const { hold, add, pass, stored, idle } = listDatabase();
    hold(true);
    const writes = Array.from({ length: 250 }, (_, index) => add(String(index)));
    const fates = watch(Object.fromEntries(writes.entries()));
    await pass(retryForMs - pauseMs);
    const late = watch({ late: add('late') });
    expect(fates).toEqual({});
    await pass(pauseMs);
    expect(Object.values(fates)).toEqual(writes.map(() => 'Error: busy'));
    expect(late).toEqual({});
    hold(false);
    await pass(pauseMs);
    await idle();
    expect(stored).toEqual(['late']);
  });

  test('the time counts from when the wait began, and may be short', async () => {
    const { hold, write, pass, rest, now } = listDatabase();
    hold(true);
    const none = () => Promise.resolve();
    const fates = watch({
      old: write(none, { since: now() - retryForMs }),
      brief: write(none, { retryForMs: 500 }),
      usual: write(none),
    });
    await rest();
    expect(Object.keys(fates)).toEqual(['old']);
    await pass(500);
    expect(Object.keys(fates)).toEqual(['old', 'brief']);
    await pass(retryForMs - 500);
    expect(Object.keys(fates)).toEqual(['old', 'brief', 'usual']);
  });

  test('also when it came between the members of a group that failed', async () => {
    const { hold, add, fail, write, pass, rest, stored } = listDatabase();
    const holding = (list: string[]): Promise<void> => {
      list.push('holding');
      hold(stored.length === 1);
      return Promise.resolve();
    };
    const fates = watch({ a: add('a'), failed: fail(), holding: write(holding), b: add('b') });
    await rest();
    expect([fates, stored]).toEqual([
      { a: 'stored', failed: 'Error: no', holding: 'stored' },
      ['a', 'holding'],
    ]);
    hold(false);
    await pass(pauseMs);
    expect(stored).toEqual(['a', 'holding', 'b']);
  });
});
