import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RequestHandler } from 'express';
import type { TriggerStore } from '../../app/ports/index.ts';
import type { JobLog, ReadLog } from '../../app/triggers/read-log.ts';
import { findTrigger } from './trigger.ts';
import type { AuthenticatePage } from './authenticate-page.ts';

interface Deps {
  readonly authenticatePage: AuthenticatePage;
  readonly store: Pick<TriggerStore, 'find' | 'wasPruned'>;
  readonly readLog: ReadLog;
}

const textOf = ({ job, trace }: JobLog): string =>
  `== ${job.name} (${job.stage}, ${job.status})\n${trace.trimEnd()}\n\n`;

/** `/triggers/{id}/log`: the logs of all jobs as text, as they come. */
export const logPage =
  ({ authenticatePage, store, readLog }: Deps): RequestHandler =>
  async (request, response) => {
    const trigger = await findTrigger(store, await authenticatePage(request));
    const logs = readLog(trigger, { failedOnly: false });
    // The first one before the headers: if GitLab refuses, the answer can still be a page that says so.
    const first = await logs.next();
    async function* texts() {
      if (first.done === true) return;
      yield textOf(first.value);
      for await (const log of logs) yield textOf(log);
    }
    response.type('text/plain');
    await pipeline(Readable.from(texts()), response).catch((error: unknown) => {
      if (!response.writableEnded && !response.destroyed) throw error;
    });
  };
