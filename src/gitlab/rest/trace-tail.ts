const lines = 20;
const longest = 4_000;

/** How long a caller who waits for a verdict is kept waiting for the log of one job. */
const timeoutMs = 3_000;

/** Control sequences of the terminal and GitLab's markers of sections, neither of which a problem document can show. */
const controls = /\u001b\[[0-9;]*[A-Za-z]|section_(?:start|end):\d+:[^\r\n]*[\r\n]/g;

/** The last lines of a log, readable; empty when it cannot be had soon. */
export async function traceTail(readTrace: () => Promise<string>): Promise<string> {
  const late = new Promise<string>((resolve) => setTimeout(resolve, timeoutMs, '').unref());
  return lastLines(await Promise.race([readTrace().catch(() => ''), late]));
}

/** The last lines of a log without control sequences. */
export const lastLines = (trace: string): string =>
  trace.replaceAll(controls, '').trimEnd().split(/\r?\n/).slice(-lines).join('\n').slice(-longest);
