import { stat, utimes } from 'node:fs/promises';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { AppError, messageOf } from '../domain/error.ts';
import { isBusy } from './database.ts';
import { makePrivateFile } from './private-file.ts';

/** The one of several processes on a database that works on it by itself. */
export interface LeaderLock {
  /** Whether it is this process, from now on. @throws AppError `storage_unavailable` when that cannot be found out */
  readonly take: () => Promise<boolean>;
  /** The process that has it shows that it runs. A process that is stopped (`kill -STOP`) keeps it, and shows nothing. */
  readonly sendHeartbeat: () => Promise<void>;
  /** Differs from one call to the next when the process that has it has shown in between that it runs. */
  readonly lastHeartbeat: () => Promise<number>;
  readonly release: () => Promise<void>;
}

/**
 * A lock that lasts as long as its process, however that ends: SQLite's own, on an empty database beside the real one,
 * which others can go on reading and writing.
 * @param file the path of the lock; nobody but its user may open it
 */
export function createLeaderLock(file: string): LeaderLock {
  let held: Connection | null = null;
  return {
    async take() {
      held ??= await lock(file);
      return held !== null;
    },
    async sendHeartbeat() {
      const now = new Date();
      await utimes(file, now, now);
    },
    lastHeartbeat: async () => (await stat(file)).mtimeMs,
    async release() {
      await held?.dispose();
      held = null;
    },
  };
}

type Connection = Awaited<ReturnType<PrismaBetterSqlite3['connect']>>;

/** @returns null while another process has it */
async function lock(file: string): Promise<Connection | null> {
  let connection: Connection | null = null;
  try {
    makePrivateFile(file);
    connection = await new PrismaBetterSqlite3({ url: `file:${file}`, timeout: 0 }).connect();
    await connection.executeScript('BEGIN EXCLUSIVE');
    return connection;
  } catch (error) {
    await connection?.dispose();
    if (isBusy(error)) return null;
    throw new AppError('storage_unavailable', `${file} cannot be locked: ${messageOf(error)}`);
  }
}
