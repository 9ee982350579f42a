import { plainLine, plainText } from '../../domain/terminal-text.ts';
import type { FailedJob } from '../../domain/trigger/job.ts';

interface Options {
  /** The log is shown by GitLab, which can collapse sections. */
  readonly inGitLab: boolean;
  readonly hasColors: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const red = (text: string, hasColors: boolean): string => (hasColors ? `\u001b[31m${text}\u001b[0m` : text);

/** The failed job, with a link. */
function headline({ name, stage, failureReason, webUrl }: FailedJob): string {
  const reason = failureReason === null || failureReason === '' ? '' : `: ${failureReason}`;
  return plainLine(`job ${name} (${stage}) failed${reason}${webUrl === null ? '' : `  ${webUrl}`}`);
}

/** Collapsed until a reader opens it. Source: GitLab docs, CI/CD job logs, "Custom collapsible sections". */
function section({ id }: FailedJob, title: string, text: string, now: number): string {
  const seconds = Math.floor(now / 1000);
  const name = `trigger_failed_job_${id}`;
  return [
    `\u001b[0Ksection_start:${seconds}:${name}[collapsed=true]\r\u001b[0K${title}\n`,
    `${text}\n`,
    `\u001b[0Ksection_end:${seconds}:${name}\r\u001b[0K\n`,
  ].join('');
}

/** The failed jobs with the ends of their logs, for stderr. */
export function failureReport(
  failedJobs: readonly FailedJob[],
  { inGitLab, hasColors, now }: Options,
): string {
  return failedJobs
    .map((job) => {
      const title = red(headline(job), hasColors);
      const tail = plainText(job.traceTail ?? '');
      if (tail === '') return `${title}\n`;
      return inGitLab ? section(job, title, tail, now) : `${title}\n${tail.replaceAll(/^/gm, '  ')}\n`;
    })
    .join('');
}
