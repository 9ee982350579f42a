import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Log } from '../../app/ports/index.ts';
import { createProbedClient, whyUnreachable } from './connection.ts';

const channel = 'pipeline_trigger';

/** NOTIFY holds a lock over the whole database until its commit: it is sent by itself, once for all of this time. */
const gatherMs = 15;
/** How often it is asked whether the connection that listens still does, and how long that may take. */
const probeMs = 3_000;
const probeLimitMs = 2_000;
const pausesMs = { first: 200, longest: 5_000 };

/** Says "committed: look" to the other processes. Lost, it costs them a second: they also look by themselves. */
export function createSender(pool: Pick<pg.Pool, 'query'>, id: () => string): () => void {
  let isDue = false;
  return function notify() {
    if (isDue) return;
    isDue = true;
    setTimeout(() => {
      isDue = false;
      pool.query('SELECT pg_notify($1, $2)', [channel, id()]).catch(() => undefined);
    }, gatherMs);
  };
}

export interface Listener {
  /** Resolves when another process has said so, when the connection is new, and when the signal aborts. */
  readonly next: (signal: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * Listens on a connection of its own, and makes a new one where it breaks or does not answer. What was said meanwhile
 * is lost: so `next` resolves as soon as it listens again.
 * @param url a connection without a pooler in between
 * @param isOwn whether a process is this one
 */
export function createListener(
  url: string,
  { isOwn, log }: { isOwn: (id: string) => boolean; log: Pick<Log, 'warn'> },
): Listener {
  const closing = new AbortController();
  const isClosed = (): boolean => closing.signal.aborted;
  let isMissed = false;
  let wake: () => void = () => undefined;

  function signalled(): void {
    isMissed = true;
    wake();
  }

  /** Until the connection is of no more use. */
  async function listen(): Promise<void> {
    const client = createProbedClient(url, 'listen', probeLimitMs);
    const broken = new AbortController();
    client.on('error', () => broken.abort());
    client.on('end', () => broken.abort());
    client.on('notification', ({ payload = '' }) => {
      if (!isOwn(payload)) signalled();
    });
    const until = AbortSignal.any([closing.signal, broken.signal]);
    try {
      await client.connect();
      await client.query(`LISTEN ${channel}`);
      signalled();
      while (!until.aborted) {
        await sleep(probeMs, undefined, { signal: until }).catch(() => undefined);
        await client.query('SELECT 1');
      }
    } finally {
      void client.end().catch(() => undefined);
    }
  }

  async function run(): Promise<void> {
    for (let pauseMs = pausesMs.first; !isClosed();) {
      const since = performance.now();
      const error: unknown = await listen().then(
        () => 'the connection was closed',
        (reason: unknown) => reason,
      );
      if (isClosed()) return;
      log.warn({ error: whyUnreachable(url, error) }, 'not listening to other processes: connecting again');
      pauseMs =
        performance.now() - since > probeMs ? pausesMs.first : Math.min(pauseMs * 2, pausesMs.longest);
      await sleep(pauseMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    async next(signal) {
      if (!isMissed && !signal.aborted)
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      isMissed = false;
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}
