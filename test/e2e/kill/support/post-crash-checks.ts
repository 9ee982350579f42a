import { copyFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeTemporaryDirectory } from '../../../support/temporary-directory.ts';

/** What lies on disk after a process was killed. */
export interface Remains {
  /** What SQLite says of the whole file: `ok`, or what is wrong with it. */
  readonly integrity: string;
  readonly query: (sql: string) => readonly Record<string, unknown>[];
}

/**
 * Looks at a copy of a database: recovering what the killed process left is left to the next one. The shared-memory
 * file is not copied, as after a power cut it would not be there.
 */
export function examine<T>(databaseFile: string, look: (remains: Remains) => T): T {
  const directory = makeTemporaryDirectory();
  const copy = path.join(directory.path, 'copy.db');
  for (const suffix of ['', '-wal'])
    if (existsSync(`${databaseFile}${suffix}`)) copyFileSync(`${databaseFile}${suffix}`, `${copy}${suffix}`);
  const database = new DatabaseSync(copy);
  try {
    const query = (sql: string) => database.prepare(sql).all();
    const [{ integrity_check: integrity = '' } = {}] = query('PRAGMA integrity_check');
    return look({ integrity: String(integrity), query });
  } finally {
    database.close();
    directory.remove();
  }
}
