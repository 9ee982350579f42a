import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Log } from '../app/ports/index.ts';
import { createChangeFeed } from './change-feed.ts';
import { openDatabase } from './database.ts';
import { readOrMakeKey } from './encryption-key.ts';
import { createEncryption } from './encryption.ts';
import { createLeaderLock } from './leader-lock.ts';
import { migrate } from './migrate.ts';
import { makePrivateFile } from './private-file.ts';
import { explainFileProblem, fileProblemOf } from './storage-problem.ts';
import type { Store, StoreOptions } from './store.ts';
import { createTables, isPostgresql } from './store.ts';

export type { Store } from './store.ts';

/** The path of a `file:` URL, as SQLite's driver takes it: without blanks and line ends around it. */
export const pathOf = (url: string): string => url.replace(/^file:/, '').trim();

const noLog: Pick<Log, 'warn' | 'error'> = { warn: () => undefined, error: () => undefined };

/**
 * Opens the database, creates or migrates it if need be. Nobody but its user may read what it holds.
 * @throws Error that says what to do: when the file is not a database, or damaged; see also `migrate`
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  if (!isPostgresql(options.url)) return openFile(options);
  // Loaded where it is used: SQLite needs none of it.
  const { openPostgresqlStore } = await import('./postgresql/open-store.ts');
  return openPostgresqlStore(options);
}

async function openFile({ url: given, log = noLog, ...options }: StoreOptions): Promise<Store> {
  // Read once: the database, its key, its lock and their modes belong to one file.
  const file = pathOf(given);
  const url = `file:${file}`;
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  warnIfEmptied(file, log);
  makePrivateFile(file);
  try {
    await migrate(url);
    return await openMigrated(file, { url, log, ...options });
  } catch (error) {
    const problem = fileProblemOf(error);
    throw problem === null ? error : new Error(explainFileProblem(problem, file), { cause: error });
  }
}

async function openMigrated(
  file: string,
  { url, encryptionKeys, parsePayload, committed, log = noLog }: StoreOptions,
): Promise<Store> {
  const database = await openDatabase(url, log);
  const lock = createLeaderLock(`${file}.lock`);
  const encryption = createEncryption(encryptionKeys ?? [await readOrMakeKey(`${file}.key`)]);
  const changes = await createChangeFeed(database);
  return {
    ...createTables(
      { ...database, addToInbox: changes.remembered(database.addToInbox) },
      { encryption, parsePayload, committed },
    ),
    sharing: { kind: 'lock', lock },
    changes,
    close: async () => {
      await database.close();
      await lock.release();
    },
  };
}

/** What lies beside a database is made after it: where only that is left, the database is gone. */
function warnIfEmptied(file: string, log: Pick<Log, 'warn'>): void {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const left = [`${file}.key`, `${file}.lock`].find((beside) => existsSync(beside));
  if (bytes > 0 || left === undefined) return;
  log.warn(
    { file },
    `${file} is empty although ${left} is there: starting with an empty database; if there was one, stop, ` +
      'and put a backup in its place; see docs/troubleshooting.md',
  );
}
