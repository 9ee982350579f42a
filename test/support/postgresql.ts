import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

/** A database of its own, empty, on the PostgreSQL of this run. */
export interface TestDatabase {
  readonly url: string;
  readonly query: (sql: string, values?: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>;
  /** Removes the rows of all tables. */
  readonly empty: () => Promise<void>;
  /** Also with connections open. */
  readonly drop: () => Promise<void>;
}

/** @param owner a server of the test's own; that of the run unless given */
export async function createTestDatabase(server?: string): Promise<TestDatabase> {
  const admin = server ?? (await sharedServer());
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(admin);
  url.pathname = `/${name}`;
  await queryOnce(admin, `CREATE DATABASE ${name}`);
  const query: TestDatabase['query'] = (sql, values) => queryOnce(url.href, sql, values);
  return {
    url: url.href,
    query,
    async empty() {
      const tables = await query(
        `SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'`,
      );
      const names = tables.map(({ tablename }) => `"${String(tablename)}"`);
      if (names.length > 0) await query(`TRUNCATE ${names.join(', ')} CASCADE`);
    },
    drop: async () => {
      await queryOnce(admin, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

async function sharedServer(): Promise<string> {
  const address = inject('postgresql');
  if (address === null) throw new Error('there is no PostgreSQL here');
  const response = await fetch(address);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}

async function queryOnce(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}
