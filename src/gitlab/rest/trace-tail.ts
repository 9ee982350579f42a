import { plainText } from '../../domain/terminal-text.ts';

const lines = 20;
const longest = 4_000;

/** How long a caller who waits for a verdict is kept waiting for the log of one job. */
const timeoutMs = 3_000;

/** What the last lines are searched in: of a log of hundreds of megabytes only its end is looked at. */
const searched = 65_536;

/** The last lines of a log, readable; empty when it cannot be had soon. */
export async function traceTail(readTrace: () => Promise<string>): Promise<string> {
  const late = new Promise<string>((resolve) => setTimeout(resolve, timeoutMs, '').unref());
  return lastLines(await Promise.race([readTrace().catch(() => ''), late]));
}

/** The last lines of a log without control sequences. */
export const lastLines = (trace: string): string =>
  plainText(endOf(trace)).trimEnd().split('\n').slice(-lines).join('\n').slice(-longest).toWellFormed();

/** Blank lines at the end are as many as a job likes. */
function endOf(trace: string): string {
  const log = trace.trimEnd();
  return log.slice(Math.max(log.length - searched, 0));
}
