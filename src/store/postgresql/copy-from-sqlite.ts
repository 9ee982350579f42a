import { realpathSync } from 'node:fs';
import pg from 'pg';
import { AppError } from '../../domain/error.ts';
import { withinLimit } from '../delete-in-batches.ts';
import { createLeaderLock } from '../leader-lock.ts';
import { migrate } from '../migrate.ts';
import type { Query } from '../query-database.ts';
import { queryDatabase } from '../query-database.ts';
import { copyTable } from './copy-marker.ts';
import { migratePostgresql } from './migrate.ts';
import { requireReachable } from './require-reachable.ts';

/** What one transaction takes along. */
const batch = { rows: 1_000, bytes: 8 * 2 ** 20 };

export interface CopyOptions {
  /** The path of the SQLite database. */
  readonly file: string;
  /** A PostgreSQL without a pooler in between. */
  readonly url: string;
  /** Is called after each portion of a table. */
  readonly progress: (table: string, rows: number) => void;
  /** Is called when all rows are there, before the target may be used. */
  readonly finish: () => Promise<void>;
}

/**
 * Copies all rows of a SQLite database into an empty PostgreSQL. It may be killed, and goes on where it was when it is
 * called again; until it is done no service starts on the target.
 * @returns how many rows each table has
 * @throws AppError `invalid` when the source is in use, or the target is not empty; UnreachableDatabase
 */
export async function copyFromSqlite({
  file,
  url,
  progress,
  finish,
}: CopyOptions): Promise<Readonly<Record<string, number>>> {
  await requireReachable('--to', url);
  await migrate(`file:${file}`);
  await migratePostgresql(url);
  const lock = createLeaderLock(`${file}.lock`);
  if (!(await lock.take()))
    throw new AppError(
      'invalid',
      `a service works on ${file}: stop it first, so that nothing is left behind`,
    );
  const target = new pg.Client({ connectionString: url });
  // What breaks it is the error of the statement that meets it.
  target.on('error', () => undefined);
  try {
    await target.connect();
    return await queryDatabase({ url: `file:${file}`, readonly: true }, async (query) => {
      const tables = await tablesOf(query);
      await begin(target, realpathSync(file), tables);
      const counts: Record<string, number> = {};
      for (const table of tables) counts[table] = await copyOne({ query, target, progress }, table);
      await finish();
      await target.query(`DROP TABLE "${copyTable}"`);
      return counts;
    });
  } finally {
    await target.end().catch(() => undefined);
    await lock.release();
  }
}

/** Those whose rows others refer to come first. */
async function tablesOf(query: Query): Promise<readonly string[]> {
  const names = (
    await query(`SELECT name FROM sqlite_master WHERE type = 'table'
      AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '_prisma_migrations' ORDER BY name`)
  ).map(({ name }) => String(name));
  const parents = new Map<string, readonly string[]>();
  for (const name of names) {
    const keys = await query(`SELECT "table" AS "parent" FROM pragma_foreign_key_list('${name}')`);
    parents.set(
      name,
      keys.map(({ parent }) => String(parent)),
    );
  }
  const ordered = new Set<string>();
  const add = (name: string): void => {
    for (const parent of parents.get(name) ?? []) if (parent !== name) add(parent);
    ordered.add(name);
  };
  for (const name of names) add(name);
  return [...ordered];
}

/**
 * Notes in the target where the rows come from, or finds that this was begun before.
 * @throws AppError `invalid` for a target that has rows of its own
 */
async function begin(target: pg.Client, source: string, tables: readonly string[]): Promise<void> {
  await target.query('BEGIN');
  const found = await target.query(`SELECT 1 WHERE to_regclass('"${copyTable}"') IS NOT NULL`);
  if (found.rowCount === 0) {
    for (const table of [...tables, 'Process']) {
      const { rowCount } = await target.query(`SELECT 1 FROM "${table}" LIMIT 1`);
      if (rowCount !== 0)
        throw new AppError(
          'invalid',
          `the target is not empty (it has rows in ${table}); nothing was changed`,
        );
    }
    await target.query(
      `CREATE TABLE "${copyTable}" ("source" TEXT NOT NULL, "table" TEXT PRIMARY KEY, "reached" BIGINT NOT NULL, "rows" BIGINT NOT NULL)`,
    );
    for (const table of tables)
      await target.query(`INSERT INTO "${copyTable}" VALUES ($1, $2, 0, 0)`, [source, table]);
  } else {
    const { rows } = await target.query<{ source: string }>(`SELECT "source" FROM "${copyTable}" LIMIT 1`);
    const [other] = rows;
    if (other?.source !== source)
      throw new AppError(
        'invalid',
        `the target has part of another database, ${String(other?.source)}; nothing was changed`,
      );
  }
  await target.query('COMMIT');
}

interface Copying {
  readonly query: Query;
  readonly target: pg.Client;
  readonly progress: CopyOptions['progress'];
}

/** Each portion is one transaction with the note how far it reaches. */
async function copyOne({ query, target, progress }: Copying, table: string): Promise<number> {
  const columns = (await query(`SELECT name FROM pragma_table_info('${table}')`)).map(
    ({ name }) => `"${String(name)}"`,
  );
  const weight = columns.map((column) => `COALESCE(OCTET_LENGTH(${column}), 0)`).join(' + ');
  const { rows: noted } = await target.query<{ reached: string; rows: string }>(
    `SELECT "reached", "rows" FROM "${copyTable}" WHERE "table" = $1`,
    [table],
  );
  let [reached, count] = [Number(noted[0]?.reached ?? 0), Number(noted[0]?.rows ?? 0)];
  for (;;) {
    const found = (await query(
      `SELECT rowid AS "row", ${weight} AS "bytes" FROM "${table}" WHERE rowid > ${reached} ORDER BY rowid LIMIT ${batch.rows}`,
    )) as readonly { readonly row: number | bigint | string; readonly bytes: number | bigint | null }[];
    const portion = withinLimit(found, batch);
    const last = portion.at(-1);
    if (last === undefined) break;
    const rows = await query(
      `SELECT ${columns.join(', ')} FROM "${table}" WHERE rowid > ${reached} AND rowid <= ${String(last.row)} ORDER BY rowid`,
    );
    [reached, count] = [Number(last.row), count + rows.length];
    await target.query('BEGIN');
    await target.query(
      `INSERT INTO "${table}" (${columns.join(', ')})
       SELECT ${columns.join(', ')} FROM json_populate_recordset(NULL::"${table}", $1::json)`,
      [JSON.stringify(rows, bigintAsText)],
    );
    await target.query(`UPDATE "${copyTable}" SET "reached" = $2, "rows" = $3 WHERE "table" = $1`, [
      table,
      reached,
      count,
    ]);
    await target.query('COMMIT');
    progress(table, count);
  }
  await continueSequence(target, table);
  return count;
}

/** PostgreSQL reads a number of 64 bits from text as well. */
const bigintAsText = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;

/** The next row has a number above those that were taken along. */
async function continueSequence(target: pg.Client, table: string): Promise<void> {
  const { rows } = await target.query<{ name: string }>(
    `SELECT column_name AS "name" FROM information_schema.columns
     WHERE table_schema = current_schema() AND table_name = $1 AND column_default LIKE 'nextval(%'`,
    [table],
  );
  for (const { name } of rows)
    await target.query(
      `SELECT setval(pg_get_serial_sequence('"${table}"', '${name}'), GREATEST(MAX("${name}"), 1), MAX("${name}") IS NOT NULL) FROM "${table}"`,
    );
}
