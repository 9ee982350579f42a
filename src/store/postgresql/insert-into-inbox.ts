import type pg from 'pg';
import type { InboxColumns } from '../inbox-columns.ts';
import { inboxColumns } from '../inbox-columns.ts';
import type { Inserted } from '../inbox-thread.ts';
import { Unconfirmed } from './unconfirmed.ts';

/**
 * Adds rows in one statement, which is its own transaction and one round trip. Always in the order of their ids: two
 * processes that are sent the same deliveries then wait for each other instead of deadlocking.
 * @throws Unconfirmed when it was sent, and no answer came
 */
export async function insertIntoInbox(
  pool: Pick<pg.Pool, 'connect'>,
  rows: readonly InboxColumns[],
): Promise<Inserted> {
  const ordered = rows.toSorted((one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0));
  const client = await pool.connect();
  // The pool listens only to those that nobody uses; an error nobody listens to would end the process.
  client.on('error', ignore);
  let failure: Error | undefined;
  try {
    const inserted = await client.query<{ id: string }>(statement(rows.length), ordered.flatMap(valuesOf));
    const fresh = new Set(inserted.rows.map(({ id }) => id));
    // The first of several equal ones is the one that was added.
    return { isNew: rows.map(({ id }) => fresh.delete(id)), lastRow: 0 };
  } catch (error) {
    failure = error as Error;
    throw wasRefused(error) ? error : new Unconfirmed('not confirmed', { cause: error });
  } finally {
    client.off('error', ignore);
    client.release(failure);
  }
}

/** The query that is under way is rejected with the same error. */
const ignore = (): void => undefined;

/** Whether the server itself says that it has not carried out the statement, by an SQLSTATE. */
const wasRefused = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  /^[0-9A-Z]{5}$/.test(String((error as { code?: unknown }).code)) &&
  'severity' in error;

const names = inboxColumns.map((name) => `"${name}"`).join(', ');

function statement(count: number): string {
  const row = (index: number): string =>
    `(${inboxColumns.map((_name, column) => `$${index * inboxColumns.length + column + 1}`).join(', ')})`;
  const rows = Array.from({ length: count }, (_, index) => row(index)).join(', ');
  return `INSERT INTO "Delivery" (${names}) VALUES ${rows} ON CONFLICT DO NOTHING RETURNING "id"`;
}

/** Times without a zone are in UTC, as Prisma writes them. */
const valuesOf = (row: InboxColumns) =>
  inboxColumns.map((name) => {
    const value = row[name];
    if (value instanceof Date) return value.toISOString().replace('Z', '');
    return typeof value === 'bigint' ? String(value) : value;
  });
