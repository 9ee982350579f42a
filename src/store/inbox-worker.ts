/** Runs in a thread of its own: writes groups of rows, so that no sync to the disk holds the service up. */
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

/** The values of a row, in the order of the statement's parameters. */
export type InboxRow = readonly (string | bigint | null)[];

export interface InboxWorkerData {
  readonly file: string;
  readonly busyTimeoutMs: number;
  readonly pragmas: readonly string[];
  /** Inserts one row, or leaves out one that is there. */
  readonly insert: string;
}

/** What became of a group. Errors lose their code on the way between threads. */
export type InboxAnswer =
  | { readonly isNew: readonly boolean[]; readonly lastRow: number }
  | { readonly message: string; readonly code: string };

interface Statement {
  run(...values: InboxRow): { readonly changes: number; readonly lastInsertRowid: number };
}

/** What is used of better-sqlite3, which brings no types. */
interface Connection {
  readonly inTransaction: boolean;
  prepare(sql: string): Statement;
  pragma(text: string, options?: { readonly simple: true }): unknown;
  close(): void;
}

const Database = createRequire(import.meta.url)('better-sqlite3') as new (
  file: string,
  options: { readonly timeout: number; readonly fileMustExist: true },
) => Connection;

const { file, busyTimeoutMs, pragmas, insert } = workerData as InboxWorkerData;

function open() {
  const connection = new Database(file, { timeout: busyTimeoutMs, fileMustExist: true });
  for (const pragma of pragmas) connection.pragma(pragma);
  const isDurable =
    connection.pragma('journal_mode', { simple: true }) === 'wal' &&
    connection.pragma('synchronous', { simple: true }) === 2;
  if (!isDurable) throw new Error('the inbox cannot be set to write-ahead logging with full syncing');
  return {
    connection,
    begin: connection.prepare('BEGIN IMMEDIATE'),
    insert: connection.prepare(insert),
    commit: connection.prepare('COMMIT'),
    rollback: connection.prepare('ROLLBACK'),
  };
}

let opened: ReturnType<typeof open> | null = null;

/** All of them in one transaction, or none. */
function write(rows: readonly InboxRow[]): InboxAnswer {
  const { connection, begin, insert, commit, rollback } = (opened ??= open());
  try {
    begin.run();
    const results = rows.map((row) => insert.run(...row));
    commit.run();
    const last = results.findLast(({ changes }) => changes > 0);
    return { isNew: results.map(({ changes }) => changes > 0), lastRow: last?.lastInsertRowid ?? 0 };
  } catch (error) {
    if (connection.inTransaction) rollback.run();
    throw error;
  }
}

function answerTo(rows: readonly InboxRow[]): InboxAnswer {
  try {
    return write(rows);
  } catch (error) {
    const { message, code = '' } = error as { message: string; code?: string };
    return { message, code };
  }
}

parentPort?.on('message', (rows: readonly InboxRow[] | 'close') => {
  if (rows !== 'close') return parentPort?.postMessage(answerTo(rows));
  opened?.connection.close();
  parentPort?.close();
});
