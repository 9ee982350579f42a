import { plainText } from '../../domain/terminal-text.ts';

const lines = 20;
const longest = 4_000;

/** How long the log of one job may delay the verdict of a waiting caller. */
const timeoutMs = 3_000;

/** The part in which the last lines are searched: only the end of a log of hundreds of megabytes is kept. */
const searched = 65_536;

/** The last lines of a log as text; empty when it cannot be read in time. */
export async function traceTail(readTrace: () => Promise<AsyncIterable<string>>): Promise<string> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs).unref();
  const isLate = new Promise<string>((resolve) =>
    late.signal.addEventListener('abort', () => resolve(''), { once: true }),
  );
  const end = await Promise.race([readEnd(readTrace, late.signal).catch(() => ''), isLate]);
  clearTimeout(timer);
  return lastLines(end);
}

/**
 * The end of a log, without the blank lines at its end, which may be of any number. Stops reading when no caller waits
 * any more.
 */
async function readEnd(readTrace: () => Promise<AsyncIterable<string>>, late: AbortSignal): Promise<string> {
  let end = '';
  let blank = '';
  for await (const piece of await readTrace()) {
    const text = piece.trimEnd();
    if (text !== '') {
      end = (end + blank + text).slice(-searched);
      blank = '';
    }
    blank = (blank + piece.slice(text.length)).slice(-searched);
    if (late.aborted) break;
  }
  return end;
}

/** The last lines of a log without control sequences. */
export const lastLines = (trace: string): string =>
  plainText(endOf(trace)).trimEnd().split('\n').slice(-lines).join('\n').slice(-longest).toWellFormed();

/** A job may end its log with any number of blank lines. */
function endOf(trace: string): string {
  const log = trace.trimEnd();
  return log.slice(Math.max(log.length - searched, 0));
}
