import type { Log } from '../app/ports/index.ts';
import { AppError, messageOf } from '../domain/error.ts';

/** What is wrong with the file itself, and will stay so until an operator does something. */
type FileProblem = 'replaced' | 'damaged' | 'notADatabase';

/** What SQLite says of it. Source: https://www.sqlite.org/rescode.html, SQLITE_CORRUPT and SQLITE_NOTADB */
const saidBySqlite: readonly (readonly [RegExp, FileProblem])[] = [
  [/SQLITE_NOTADB|file is not a database/, 'notADatabase'],
  [/SQLITE_CORRUPT|disk image is malformed/, 'damaged'],
];

const isWrong: Readonly<Record<FileProblem, string>> = {
  replaced: 'was removed or replaced while the service runs',
  damaged: 'is damaged (database disk image is malformed)',
  notADatabase: 'is not an SQLite database',
};

const remedyOf: Readonly<Record<FileProblem, string>> = {
  replaced:
    'what is stored now would be lost: stop the service, put the file or a backup in its place, start it again',
  damaged:
    'stop the service, keep the file, and put a backup in its place, or recover what sqlite3 can read of it',
  notADatabase: 'set DATABASE_URL to the right file, or put a backup in its place',
};

/** Which of them an error speaks of; null for none. */
export function fileProblemOf(error: unknown): FileProblem | null {
  const text = describe(error);
  return saidBySqlite.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}

/** What an operator has to know: which file, what is wrong with it, and what to do. */
export const explainFileProblem = (problem: FileProblem, file: string): string =>
  `${file} ${isWrong[problem]}: ${remedyOf[problem]}; see docs/troubleshooting.md`;

/** What a caller may know of it. */
export const fileProblem = (problem: FileProblem): AppError =>
  new AppError('storage_unavailable', `the database ${isWrong[problem]}`);

/** The message and the code of anything thrown. */
export const describe = (error: unknown): string =>
  `${messageOf(error)} ${typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''}`;

/** Logs a problem once, not for each request that meets it, and again after it was gone. */
export function createProblemLog(file: string, log: Pick<Log, 'error'>) {
  let logged: FileProblem | null = null;
  return {
    found(problem: FileProblem): void {
      if (logged !== problem) log.error({ file }, explainFileProblem(problem, file));
      logged = problem;
    },
    gone(problem: FileProblem): void {
      if (logged === problem) logged = null;
    },
  };
}
