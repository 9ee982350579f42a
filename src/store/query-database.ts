import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlQueryable } from '@prisma/driver-adapter-utils';

/** Asks a database in SQL; each row by the names of its columns. */
export type Query = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

interface Options {
  /** `file:…` */
  readonly url: string;
  /** Fails where there is no file, and writes nothing. */
  readonly readonly?: boolean;
  /** How long it waits for a lock that somebody else has, with the event loop held up. */
  readonly busyTimeoutMs?: number;
}

/** What SQLite says of the whole file: `ok`, or the first thing that is wrong. */
export async function integrityOf(query: Query): Promise<string> {
  const [verdict] = await query('PRAGMA integrity_check(1)');
  return String(verdict?.['integrity_check']);
}

/** Opens a database for a few questions, and closes it. */
export async function queryDatabase<T>(
  { url, readonly = false, busyTimeoutMs = 5_000 }: Options,
  work: (query: Query) => Promise<T>,
): Promise<T> {
  const options = { url, readonly, fileMustExist: readonly, timeout: busyTimeoutMs };
  const connection = await new PrismaBetterSqlite3(options).connect();
  try {
    return await work(queryOver(connection));
  } finally {
    await connection.dispose();
  }
}

/** Asks over a connection that is there. */
export const queryOver = (connection: Pick<SqlQueryable, 'queryRaw'>): Query =>
  async function query(sql) {
    const { columnNames, rows } = await connection.queryRaw({ sql, args: [], argTypes: [] });
    return rows.map((row) => Object.fromEntries(columnNames.map((name, index) => [name, row[index]])));
  };
