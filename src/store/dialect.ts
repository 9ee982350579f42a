import { Prisma } from './generated/client.ts';

/** The SQL that differs from one kind of database to another. */
export interface Dialect {
  /** After a column: whether it is one of these. One parameter, however many there are. */
  readonly inTexts: (values: readonly string[]) => Prisma.Sql;
  readonly inNumbers: (values: readonly number[]) => Prisma.Sql;
  /** Waits for the transactions that named one of these before, of all processes; null where there is one at a time. */
  readonly waitFor: ((names: readonly string[]) => Prisma.Sql) | null;
  /** Holds where a column is false, for a query that is to take the index of another column. */
  readonly isFalse: (column: Prisma.Sql) => Prisma.Sql;
}

export const sqliteDialect: Dialect = {
  inTexts: inJson,
  inNumbers: inJson,
  waitFor: null,
  // Source: https://www.sqlite.org/optoverview.html, section 2
  isFalse: (column) => Prisma.sql`NOT +${column}`,
};

function inJson(values: readonly unknown[]): Prisma.Sql {
  return Prisma.sql`IN (SELECT "value" FROM json_each(${JSON.stringify(values)}))`;
}
