import type { RequestHandler } from 'express';
import type { TriggerStore } from '../../app/ports/index.ts';
import type { ReadLog } from '../../app/triggers/read-log.ts';
import { writeLog } from '../middleware/write-log.ts';
import { findTrigger } from './trigger.ts';
import type { AuthenticatePage } from './authenticate-page.ts';

interface Deps {
  readonly authenticatePage: AuthenticatePage;
  readonly store: Pick<TriggerStore, 'find' | 'wasPruned'>;
  readonly readLog: ReadLog;
}

/** `/triggers/{id}/log`: the logs of all jobs as text, as they come. */
export const logPage = ({ authenticatePage, store, readLog }: Deps): RequestHandler =>
  async function showLog(request, response) {
    const trigger = await findTrigger(store, await authenticatePage(request));
    await writeLog(response, readLog(trigger, { failedOnly: false }));
  };
