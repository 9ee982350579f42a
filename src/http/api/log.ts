import type { Response } from 'express';
import type { JobLog } from '../../app/triggers/read-log.ts';
import { plainLine } from '../../domain/terminal-text.ts';
import { writeWithBackpressure } from '../middleware/backpressure.ts';

/** Writes the logs of jobs as text, one under the other, as they come. */
export async function writeLog(response: Response, logs: AsyncGenerator<JobLog>): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  // The first one before the headers: if GitLab refuses, the answer can still be a problem.
  const first = await logs.next();
  response.set({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  for (let next = first; next.done !== true && !gone.signal.aborted; next = await logs.next()) {
    const { job, trace } = next.value;
    const heading = plainLine(`${job.name} (${job.stage}, ${job.status})`);
    const text = `== ${heading}\n${withoutHeadings(trace.trimEnd())}\n\n`;
    await writeWithBackpressure(response, text, gone.signal);
  }
  response.end();
}

/** A line of a log that looks as the heading of the next one is set off by a blank. */
const withoutHeadings = (trace: string): string => trace.replaceAll(/^(?=== .+, [a-z_]+\)$)/gm, ' ');
