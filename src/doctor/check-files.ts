import { statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Finding } from '../domain/finding.ts';

/** A day of a busy service, with its write-ahead log. */
const leastBytes = 256 * 2 ** 20;

/** Files that others than their owner may read. What is not there is nobody's. */
export const checkModes = (files: readonly string[]): readonly Finding[] =>
  files.flatMap((file): Finding[] => {
    const mode = (statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o777;
    if ((mode & 0o077) === 0) return [];
    const problem = `may be read by others (mode ${mode.toString(8)})`;
    return [{ severity: 'warning', subject: file, problem, remedy: `chmod 600 ${file}` }];
  });

/** Whether there is room for what is to come. */
export async function checkSpace(databaseFile: string): Promise<readonly Finding[]> {
  const { bavail, bsize } = await statfs(path.dirname(path.resolve(databaseFile)));
  if (bavail * bsize >= leastBytes) return [];
  const problem = `the disk has ${Math.floor((bavail * bsize) / 2 ** 20)} MiB left`;
  return [
    { severity: 'warning', subject: databaseFile, problem, remedy: 'make room, or pipeline-trigger prune' },
  ];
}
