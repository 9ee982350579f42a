import { constants, statSync } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { DoctorFinding } from '../domain/doctor-finding.ts';
import { doctorFinding } from '../domain/doctor-finding.ts';

/** Enough for a day of a busy service, with its write-ahead log. */
const leastBytes = 256 * 2 ** 20;

/** Files that users besides their owner may read or write. Missing files are skipped. */
export const checkModes = (files: readonly string[]): readonly DoctorFinding[] =>
  files.flatMap((file): readonly DoctorFinding[] => {
    const mode = (statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o777;
    const shown = `by others (mode ${mode.toString(8)})`;
    const remedy = `chmod 600 ${file}`;
    if ((mode & 0o022) !== 0)
      return [doctorFinding('file_writable', file, `may be changed ${shown}`, remedy)];
    if ((mode & 0o077) !== 0) return [doctorFinding('file_readable', file, `may be read ${shown}`, remedy)];
    return [];
  });

/** Checks that a path exists and may be written. @throws Error with the code of the obstacle */
export type AskAccess = (file: string, mode: number) => Promise<void>;

/**
 * Whether the service could write the database: the file, if there is one, and its folder, where SQLite creates further
 * files.
 * @param ask checks, and changes nothing
 */
export async function checkWritable(
  file: string,
  ask: AskAccess = access,
): Promise<readonly DoctorFinding[]> {
  const folder = path.dirname(path.resolve(file));
  const refused = async (target: string): Promise<readonly DoctorFinding[]> => {
    const code = await ask(target, constants.W_OK).then(
      () => null,
      (error: unknown) => (error as NodeJS.ErrnoException).code ?? 'unknown',
    );
    // The service creates missing ones.
    if (code === 'ENOENT') return target === file ? [] : refused(path.dirname(target));
    const remedy = 'let the user of the service read and write the file and its folder';
    return code === null
      ? []
      : [doctorFinding('database_unwritable', target, `cannot be written (${code})`, remedy)];
  };
  const inFolder = await refused(folder);
  return inFolder.length > 0 ? inFolder : refused(file);
}

/** The free space at a path: free blocks, and their size in bytes. */
export type Room = (folder: string) => Promise<{ readonly bavail: number; readonly bsize: number }>;

/** Whether there is enough free space. A missing folder is skipped. */
export async function checkSpace(file: string, roomIn: Room = statfs): Promise<readonly DoctorFinding[]> {
  const room = await roomIn(path.dirname(path.resolve(file))).catch(() => null);
  if (room === null || room.bavail * room.bsize >= leastBytes) return [];
  const problem = `the disk has ${Math.floor((room.bavail * room.bsize) / 2 ** 20)} MiB left`;
  return [doctorFinding('disk_low', file, problem, 'make room, or pipeline-trigger prune')];
}
