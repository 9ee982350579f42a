import type { Response } from 'express';
import type { JobLog } from '../../app/triggers/read-log.ts';
import { writeWithBackpressure } from './streaming.ts';
import { logText } from './log-text.ts';

/** Writes the logs of jobs as text, one after the other, as they arrive. */
export async function writeLog(response: Response, logs: AsyncGenerator<JobLog, void>): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  // The first piece is read before the headers are sent: if GitLab refuses, the answer can still be a problem.
  const first = await logs.next();
  response.set({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  for await (const piece of logText(startingWith(first, logs))) {
    await writeWithBackpressure(response, piece, gone.signal);
    if (gone.signal.aborted) break;
  }
  response.end();
}

/** Puts the first result of a generator, which was taken already, before the rest. */
async function* startingWith<T>(
  first: IteratorResult<T, void>,
  rest: AsyncGenerator<T, void>,
): AsyncGenerator<T> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}
