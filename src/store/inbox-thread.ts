import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { InboxAnswer, InboxRow, InboxWorkerData } from './inbox-worker.ts';

/** What became of a group of rows: all of it is on disk. */
export interface Inserted {
  /** Of each row, whether it was not there before. */
  readonly isNew: readonly boolean[];
  /** Where SQLite has put the last of the new ones, the others before it; 0 for none. */
  readonly lastRow: number;
}

export interface InboxThread {
  /** One group at a time. @throws Error as SQLite's driver does, with its code */
  readonly insert: (rows: readonly InboxRow[]) => Promise<Inserted>;
  readonly close: () => Promise<void>;
}

/** Source or what is built of it: the thread is of the same kind as this file. */
const workerFile = fileURLToPath(new URL(`./inbox-worker${path.extname(import.meta.url)}`, import.meta.url));

/** All of what a thread holds is one group on its way. */
const resourceLimits = { maxYoungGenerationSizeMb: 16 };

/**
 * A thread that writes the inbox over a connection of its own. It begins with the first group: most commands bring none.
 * Should it end by itself, the group that it had is refused, and the next one begins another.
 */
export function createInboxThread(data: InboxWorkerData, script: string | URL = workerFile): InboxThread {
  let running: Worker | null = null;

  function begin(): Worker {
    const worker = new Worker(script, { workerData: data, resourceLimits });
    worker.once('exit', () => {
      if (running === worker) running = null;
    });
    // An error is the answer to the group under way; without one, the next group begins another thread.
    worker.on('error', () => undefined);
    // What waits for an answer keeps the process alive, not the thread.
    worker.unref();
    return worker;
  }

  return {
    async insert(rows) {
      const worker = (running ??= begin());
      const answer = await answerOf(worker, rows);
      if ('message' in answer) throw Object.assign(new Error(answer.message), { code: answer.code });
      return answer;
    },
    async close() {
      const worker = running;
      if (worker === null) return;
      const ended = once(worker, 'exit');
      worker.ref();
      worker.postMessage('close');
      await ended;
    },
  };
}

/** @throws Error when the thread ends instead */
function answerOf(worker: Worker, rows: readonly InboxRow[]): Promise<InboxAnswer> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      worker.off('message', onAnswer).off('error', onError).off('exit', onExit);
      worker.unref();
      act();
    };
    const onAnswer = (answer: InboxAnswer): void => settle(() => resolve(answer));
    const onError = (error: Error): void => settle(() => reject(error));
    const onExit = (): void => settle(() => reject(new Error('the thread that writes the inbox has ended')));
    worker.on('message', onAnswer).on('error', onError).on('exit', onExit);
    worker.ref();
    worker.postMessage(rows);
  });
}
