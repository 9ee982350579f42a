import pg from 'pg';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createPostgresqlFeed } from '../../../src/store/postgresql/change-feed.ts';
import { migratePostgresql } from '../../../src/store/postgresql/migrate.ts';
import { hasPostgresql } from '../../support/find-postgresql.ts';
import { createTestDatabase } from '../../support/postgresql.ts';

describe.skipIf(!hasPostgresql)('the changes that other processes have stored', () => {
  let url = '';
  beforeEach(async () => {
    const database = await createTestDatabase();
    url = database.url;
    await migratePostgresql(url);
    await database.query(`
      INSERT INTO "Trigger" ("id", "version", "caller", "project", "ref", "pending", "open", "createdAt", "observedAt", "deadlineAt", "body")
      SELECT 'trg_' || n, 1, 'ops', 'group/app', 'main', true, true, now(), now(), now(), '{}'
      FROM generate_series(1, 20) AS n`);
    return () => database.drop();
  });

  async function connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    onTestFinished(() => client.end());
    return client;
  }

  const insert = (client: pg.Client, id: number) =>
    client.query(`INSERT INTO "TimelineEntry" ("triggerId", "at", "entry") VALUES ($1, now(), '{}')`, [
      `trg_${id}`,
    ]);

  async function begin() {
    const pool = new pg.Pool({ connectionString: url, max: 1 });
    pool.on('error', () => undefined);
    onTestFinished(() => pool.end());
    let now = 0;
    const feed = await createPostgresqlFeed(
      pool,
      (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
      () => now,
    );
    const read = async () => (await feed.next()).triggers;
    return { feed, read, pass: (ms: number) => void (now += ms) };
  }

  test('include one whose number is lower than those that were visible before it', async () => {
    const { read } = await begin();
    const [first, second] = [await connect(), await connect()];
    await first.query('BEGIN');
    await insert(first, 1);
    await insert(second, 2);
    expect(await read()).toEqual(['trg_2']);
    await insert(second, 3);
    expect(await read()).toEqual(['trg_3']);
    await first.query('COMMIT');
    expect(await read()).toEqual(['trg_1']);
    expect(await read()).toEqual([]);
  });

  test('include one that was on its way when this process began to look', async () => {
    const [first, second] = [await connect(), await connect()];
    await first.query('BEGIN');
    await insert(first, 1);
    await insert(second, 2);
    const { read } = await begin();
    await read();
    await first.query('COMMIT');
    expect(await read()).toEqual(['trg_1']);
  });

  test('are all given, each once, whatever order many transactions commit in', async () => {
    const { feed } = await begin();
    const clients = await Promise.all(Array.from({ length: 10 }, connect));
    const seen: string[] = [];
    const look = async (): Promise<void> => void seen.push(...(await feed.next()).triggers);
    for (const [index, client] of clients.entries()) {
      await client.query('BEGIN');
      await insert(client, index + 1);
    }
    for (const client of [...clients.slice(5), ...clients.slice(0, 5).toReversed()]) {
      await client.query(client === clients[7] ? 'ROLLBACK' : 'COMMIT');
      await look();
    }
    expect(seen.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 9, 10].map((index) => `trg_${index}`).toSorted());
  });

  test('leave out a number that does not appear for half a minute: its transaction was undone', async () => {
    const { read, pass } = await begin();
    const [first, second] = [await connect(), await connect()];
    await first.query('BEGIN');
    await insert(first, 1);
    await insert(second, 2);
    await read();
    pass(31_000);
    await insert(second, 3);
    expect(await read()).toEqual(['trg_3']);
    await first.query('COMMIT');
    expect(await read()).toEqual([]);
  });

  test('are looked for once a second without any signal, and when one comes', async () => {
    const { feed } = await begin();
    const since = performance.now();
    await feed.changed(new AbortController().signal);
    expect(performance.now() - since).toBeGreaterThan(500);
  });

  test('come in portions', async () => {
    const { feed } = await begin();
    const client = await connect();
    await client.query(
      `INSERT INTO "TimelineEntry" ("triggerId", "at", "entry") SELECT 'trg_1', now(), '{}' FROM generate_series(1, 1500)`,
    );
    expect((await feed.next()).isMore).toBe(true);
    expect((await feed.next()).isMore).toBe(false);
  });
});
