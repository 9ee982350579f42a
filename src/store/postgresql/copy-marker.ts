import type pg from 'pg';

/** In the target as long as not everything of a SQLite database has been copied. */
export const copyTable = '_CopyFromSqlite';

/** @throws Error where a copy has begun and not ended: what is there is not all there was */
export async function refuseHalfCopied(client: Pick<pg.ClientBase, 'query'>): Promise<void> {
  const { rowCount } = await client.query(`SELECT 1 WHERE to_regclass('"${copyTable}"') IS NOT NULL`);
  if (rowCount !== 0)
    throw new Error(
      'the database holds part of a SQLite database: run the same `pipeline-trigger migrate` again, which goes on where it was',
    );
}
