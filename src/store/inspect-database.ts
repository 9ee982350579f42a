import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DatabaseInspection } from '../app/maintenance/database-inspection.ts';
import { messageOf } from '../domain/error.ts';
import { queryDatabase, integrityOf } from './query-database.ts';
import { keysIn } from './key-store.ts';
import { compareMigrations, sqliteMigrations } from './migrations.ts';

/** Looks at a database without making, changing or locking anything, whether a service works on it or not. */
export async function inspectDatabase(file: string): Promise<DatabaseInspection> {
  if (!existsSync(file)) return { kind: 'missing' };
  try {
    return existsSync(`${file}-shm`) ? await look(file) : await inspectCopy(file);
  } catch (error) {
    return { kind: 'unreadable', why: messageOf(error).split('\n').at(-1) ?? '' };
  }
}

/**
 * Inspects a database that no process has open, in a copy: SQLite would create files beside the original,
 * owned by the operator and not by the user of the service.
 */
async function inspectCopy(file: string): Promise<DatabaseInspection> {
  const folder = await mkdtemp(path.join(tmpdir(), 'pipeline-trigger-doctor-'));
  try {
    const copy = path.join(folder, 'copy.db');
    for (const end of ['', '-wal'])
      if (existsSync(`${file}${end}`)) await copyFile(`${file}${end}`, `${copy}${end}`);
    return await look(copy);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const look = (file: string): Promise<DatabaseInspection> =>
  queryDatabase({ url: `file:${file}`, readonly: true }, async (query) => {
    const integrity = await integrityOf(query);
    const { due, newer, older } = await compareMigrations(query, sqliteMigrations);
    const tables = await query(`SELECT 1 FROM sqlite_master WHERE name = 'ApiKey'`);
    return { kind: 'seen', integrity, due, newer, older, keys: await keysIn(query, tables.length > 0) };
  });
