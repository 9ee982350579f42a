import { plainLine } from '../../domain/terminal-text.ts';

interface LoggedJob {
  readonly id: number;
  readonly name: string;
  readonly stage: string;
}

/** The service's heading of a job's log, up to its status, which may be newer than the last reported one. */
const headingOf = ({ name, stage }: LoggedJob): string => plainLine(`== ${name} (${stage}`);
/** A line as far as it may be a heading. */
const headIn = (line: string): string =>
  line.startsWith('== ') ? line.slice(0, line.lastIndexOf(', ')) : '';

/** How the service heads the log of a job of a child pipeline, which no event has reported. */
const childHeading = /^== (?<name>.+) \((?<stage>.*), \w+, pipeline \d+\)$/;

function childJobIn(line: string): LoggedJob | undefined {
  const { name, stage } = childHeading.exec(line)?.groups ?? {};
  return name === undefined ? undefined : { id: 0, name, stage: stage ?? '' };
}

/**
 * Splits the text with the logs of all jobs. Only a heading of a known job counts as one; the service marks lines of a
 * log that look like a heading.
 * @returns the newest job first, as GitLab lists them, and those of child pipelines after them
 */
export function readLogText(
  text: string,
  jobs: readonly LoggedJob[],
): readonly { name: string; trace: string }[] {
  const known = new Map(jobs.map((job) => [headingOf(job), job]));
  const found: { job: LoggedJob; lines: string[] }[] = [];
  for (const line of text.split('\n')) {
    const head = headIn(line);
    const job = known.get(head) ?? childJobIn(line);
    if (job === undefined) found.at(-1)?.lines.push(line);
    else found.push({ job, lines: [] });
    known.delete(head);
  }
  return found
    .toSorted((one, other) => other.job.id - one.job.id)
    .map(({ job, lines }) => ({ name: job.name, trace: withLineEnd(lines.join('\n').trimEnd()) }));
}

/** The service drops blank text at the end; the last line of a log ends with a line break. */
const withLineEnd = (trace: string): string => (trace === '' ? '' : `${trace}\n`);
