import type { JobLog } from '../../app/triggers/read-log.ts';
import { plainLine } from '../../domain/terminal-text.ts';

/** How much blank text is buffered until it is known whether the log ends with it. */
const longestBlank = 65_536;

/** How much of a line is buffered until it is known whether it looks like a heading; names of jobs are shorter. */
const longestHeading = 4_096;

/** The logs of jobs as text, one after the other, in pieces as they arrive. */
export async function* logText(logs: AsyncIterable<JobLog>): AsyncGenerator<string> {
  for await (const { job, trace } of logs) {
    const where = job.pipelineId === undefined ? '' : `, pipeline ${job.pipelineId}`;
    yield `== ${plainLine(`${job.name} (${job.stage}, ${job.status}${where})`)}\n`;
    yield* withoutBlankEnd(withoutHeadings(trace));
    yield '\n\n';
  }
}

async function* withoutBlankEnd(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let blank = '';
  for await (const piece of pieces) {
    const text = piece.trimEnd();
    if (text !== '') {
      yield blank + text;
      blank = '';
    }
    blank += piece.slice(text.length);
    if (blank.length <= longestBlank) continue;
    yield blank;
    blank = '';
  }
}

/** A line of a log that looks like the heading of the next log gets a blank before it. */
async function* withoutHeadings(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let held = '';
  let isInLine = false;
  for await (const piece of pieces) {
    const text = held + piece;
    const lineAt = text.lastIndexOf('\n') + 1;
    const beginsLine = lineAt > 0 || !isInLine;
    const heldAt = beginsLine && mayBecomeHeading(text.slice(lineAt)) ? lineAt : text.length;
    held = text.slice(heldAt);
    const ready = text.slice(0, heldAt);
    yield setOffHeadings(ready, isInLine);
    if (ready !== '') isInLine = !ready.endsWith('\n');
  }
  yield held;
}

/** Whether the rest of the line decides. */
const mayBecomeHeading = (line: string): boolean =>
  line !== '' && line.length <= longestHeading && '== '.startsWith(line.slice(0, 3)) && !line.includes(', ');

const setOffHeadings = (text: string, isInLine: boolean): string =>
  text.replaceAll(/(?<=(^|\n))(?=== [^\n]*, )/g, (_found, lineFeed: string) =>
    isInLine && lineFeed === '' ? '' : ' ',
  );
