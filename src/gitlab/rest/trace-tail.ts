import { plainText } from '../../domain/terminal-text.ts';

const lines = 20;
const longest = 4_000;

/** How long a caller who waits for a verdict is kept waiting for the log of one job. */
const timeoutMs = 3_000;

/** What the last lines are searched in: of a log of hundreds of megabytes only its end is kept and looked at. */
const searched = 65_536;

/** The last lines of a log, readable; empty when it cannot be had soon. */
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
 * The end of a log up to its last word, of which the rest is not kept: blank lines at the end are as many as a job likes.
 * What nobody waits for any more is not read on.
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

/** Blank lines at the end are as many as a job likes. */
function endOf(trace: string): string {
  const log = trace.trimEnd();
  return log.slice(Math.max(log.length - searched, 0));
}
