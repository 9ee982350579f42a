import { createPool } from '../../../src/store/postgresql/connection.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { migratePostgresql } from '../../../src/store/postgresql/migrate.ts';
import { registerProcess } from '../../../src/store/postgresql/processes.ts';
import { hasPostgresql } from '../../support/find-postgresql.ts';
import type { TestDatabase } from '../../support/postgresql.ts';
import { createTestDatabase } from '../../support/postgresql.ts';

describe.skipIf(!hasPostgresql)('the processes on one PostgreSQL', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    await migratePostgresql(database.url);
  });
  afterAll(() => database.drop());
  beforeEach(() => database.empty());

  async function join() {
    const pool = createPool({ url: database.url, max: 2, purpose: 'test' });
    onTestFinished(() => pool.end());
    return registerProcess(pool);
  }

  /** As if it had not shown for so long that it lives. */
  const silence = (id: string) =>
    database.query(`UPDATE "Process" SET "until" = now() - interval '1 s' WHERE "id" = $1`, [id]);

  test('work is claimed by one of many, until it is released', async () => {
    const processes = await Promise.all(Array.from({ length: 5 }, join));
    const claimed = await Promise.all(processes.map((each) => each.claim('sweep')));
    expect(claimed.filter(Boolean)).toHaveLength(1);
    const holder = processes[claimed.indexOf(true)];
    expect(await holder?.claim('sweep')).toBe(true);
    await holder?.release('sweep');
    const again = await Promise.all(processes.map((each) => each.claim('sweep')));
    expect(again.filter(Boolean)).toHaveLength(1);
  });

  test('one that has not shown that it lives is removed once, with what it had claimed', async () => {
    const [first, second, third] = [await join(), await join(), await join()];
    expect(await first.claim('trg_1')).toBe(true);
    expect(await second.show()).toEqual({ removed: 0, wasRemoved: false });
    await silence(first.id());
    expect(await second.claim('trg_1')).toBe(false);
    const removed = [(await second.show()).removed, (await third.show()).removed];
    expect(removed).toEqual([1, 0]);
    expect(await second.claim('trg_1')).toBe(true);
  });

  test('one that was removed finds it before it acts, and works again under another name', async () => {
    const [first, second] = [await join(), await join()];
    expect(await first.claim('trg_1')).toBe(true);
    const before = { id: first.id(), generation: first.generation() };
    await silence(first.id());
    await second.show();
    expect(await second.claim('trg_1')).toBe(true);
    // Claims nothing as the one that it was.
    expect(await first.claim('trg_2')).toBe(false);
    await database.query('SELECT pg_sleep(1.1)');
    await expect(first.confirm()).rejects.toThrow(/others have taken over its work/);
    expect(first.id()).not.toBe(before.id);
    expect(first.generation()).toBeGreaterThan(before.generation);
    await first.confirm();
    expect(await first.claim('trg_1')).toBe(false);
    expect(await first.claim('trg_2')).toBe(true);
  });

  test('one whose clock is wrong lives as long as the others: the database’s clock counts', async () => {
    const [first, second] = [await join(), await join()];
    const now = Date.now;
    onTestFinished(() => void (Date.now = now));
    Date.now = () => now() + 3_600_000;
    expect((await first.show()).removed).toBe(0);
    expect((await second.show()).wasRemoved).toBe(false);
  });

  test('one that leaves is removed as soon as another one looks', async () => {
    const [first, second] = [await join(), await join()];
    await first.leave();
    expect((await second.show()).removed).toBe(1);
  });
});
