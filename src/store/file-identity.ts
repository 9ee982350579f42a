import { statSync } from 'node:fs';

/** SQLite keeps these open for as long as it lives; each of them holds what a commit has written. */
const ends = ['', '-wal', '-shm'] as const;

/**
 * Remembers which files a database was opened as. A file that is removed, or replaced by another one, can still be
 * written through what is open, and all of that is gone with the process.
 * @returns the path of a file that is no longer the one that is open; null while all is well
 */
export function createFileCheck(file: string): () => string | null {
  const opened = new Map<string, string>();
  return function findReplaced() {
    for (const path of ends.map((end) => file + end)) {
      const now = identityOf(path);
      const before = opened.get(path);
      // SQLite makes the other two with the first transaction.
      if (before === undefined && now !== null) opened.set(path, now);
      if (before !== undefined && now !== before) return path;
    }
    return null;
  };
}

/** Device and inode; null where there is no file. It takes microseconds: what is asked is in the kernel's memory. */
function identityOf(path: string): string | null {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev}:${found.ino}`;
}
