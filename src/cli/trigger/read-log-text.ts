import { plainLine } from '../../domain/terminal-text.ts';

interface LoggedJob {
  readonly id: number;
  readonly name: string;
  readonly stage: string;
}

/** How the service heads the log of a job, up to its status: it may be later than the last one reported to us. */
const headingOf = ({ name, stage }: LoggedJob): string => plainLine(`== ${name} (${stage}`);
/** A line as far as it may be a heading. */
const headIn = (line: string): string =>
  line.startsWith('== ') ? line.slice(0, line.lastIndexOf(', ')) : '';

/**
 * Takes the text with the logs of all jobs apart. Only what heads one of the known jobs is a heading; the service sets
 * off the lines of a log that look like one.
 * @returns the newest job first, as GitLab lists them
 */
export function readLogText(
  text: string,
  jobs: readonly LoggedJob[],
): readonly { name: string; trace: string }[] {
  const known = new Map(jobs.map((job) => [headingOf(job), job]));
  const found: { job: LoggedJob; lines: string[] }[] = [];
  for (const line of text.split('\n')) {
    const head = headIn(line);
    const job = known.get(head);
    if (job === undefined) found.at(-1)?.lines.push(line);
    else found.push({ job, lines: [] });
    known.delete(head);
  }
  return found
    .toSorted((one, other) => other.job.id - one.job.id)
    .map(({ job, lines }) => ({ name: job.name, trace: withLineEnd(lines.join('\n').trimEnd()) }));
}

/** The service leaves out what is blank at the end; a log ends its last line. */
const withLineEnd = (trace: string): string => (trace === '' ? '' : `${trace}\n`);
