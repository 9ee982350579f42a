import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { access, link, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError, messageOf } from '../domain/error.ts';
import { queryDatabase, integrityOf } from './query-database.ts';

interface BackupOptions {
  /** The path of the database. */
  readonly from: string;
  /** The path of the copy. */
  readonly to: string;
  /** Whether a file that is there already may be replaced. */
  readonly force: boolean;
}

/**
 * Copies a database, while others may work with it: the copy is what was on disk at one moment. It reads in one
 * transaction, which holds up no writer. The copy is whole and checked before it has its name.
 * @returns the size of the copy in bytes
 * @throws AppError `not_found`, `invalid` when there is a file already, `storage_unavailable`
 */
export async function backUp({ from, to, force }: BackupOptions): Promise<number> {
  if (!(await exists(from))) throw new AppError('not_found', `there is no database at ${from}`);
  if (!force && (await exists(to))) throw fileExists(to);
  const draft = `${to}.${randomUUID()}`;
  try {
    // SQLite takes an empty file as its own; made here, nobody else may read it.
    await syncAfter(draft, 'wx', () =>
      queryDatabase({ url: `file:${from}` }, (query) =>
        query(`VACUUM INTO '${draft.replaceAll("'", "''")}'`),
      ),
    );
    const verdict = await queryDatabase({ url: `file:${draft}` }, integrityOf);
    if (verdict !== 'ok')
      throw new AppError(
        'storage_unavailable',
        `the copy is damaged, and so may be the database: ${verdict}`,
      );
    const { size } = await stat(draft);
    // A link does not replace what somebody else put there meanwhile.
    await (force ? rename(draft, to) : link(draft, to));
    await syncAfter(path.dirname(path.resolve(to)), 'r', () => Promise.resolve());
    return size;
  } catch (error) {
    throw asAppError(error, to);
  } finally {
    await rm(draft, { force: true });
  }
}

const exists = (file: string): Promise<boolean> =>
  access(file, constants.F_OK).then(
    () => true,
    () => false,
  );

const fileExists = (file: string): AppError =>
  new AppError('invalid', `${file} is there already: name another file, or replace it with --force`);

/** Does something to a file, then has it on disk. */
async function syncAfter(file: string, flags: string, work: () => Promise<unknown>): Promise<void> {
  const handle: FileHandle = await open(file, flags, 0o600);
  try {
    await work();
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function asAppError(error: unknown, to: string): unknown {
  if (error instanceof AppError) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code === 'EEXIST') return fileExists(to);
  return new AppError(
    'storage_unavailable',
    `${to} cannot be written: ${code === '' ? messageOf(error) : code}`,
  );
}
