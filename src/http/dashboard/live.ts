import { once } from 'node:events';
import type { RequestHandler, Response } from 'express';
import type { Clock } from '../../app/ports/index.ts';
import { AppError } from '../../domain/error.ts';
import type { EventStreams } from '../middleware/event-streams.ts';
import { basePathOf } from '../middleware/request-path.ts';
import { markupBelow } from './base-path.ts';
import type { PageRequest, AuthenticatePage } from './authenticate-page.ts';

/** What a stream tells a page. */
export type LiveEvent =
  /** A part of the page as it is now. `announce` is read out to who cannot see it. */
  | {
      readonly type: 'part';
      readonly id: string;
      readonly html: string;
      /** Whether it belongs on the page if it is not there yet. */
      readonly isNew: boolean;
      /** Whether the page would not have it any more, were it loaded now. */
      readonly isOver: boolean;
      readonly announce: string | null;
    }
  /** Something on the page has changed: the page is to be read again. */
  | { readonly type: 'stale' };

/** Where the news of a page comes from. */
export interface Source {
  /** Calls the wake when there is something to take. @returns how to leave */
  readonly join: (wake: () => void) => () => void;
  /** What has come since it was asked the last time. */
  readonly take: () => readonly LiveEvent[];
}

interface Deps {
  readonly authenticatePage: AuthenticatePage;
  readonly eventStreams: EventStreams;
  readonly publicUrl: string | null;
  readonly clock: Clock;
  /** Aborts when the service stops. */
  readonly draining: AbortSignal;
}

/** Changes within this time are sent together: no reader is faster, and the browser has other work. */
const togetherMs = 250;
/** Proxies cut a silent stream after a minute, some after 30 seconds. */
const commentEveryMs = 15_000;
/** Far more than people; each takes memory, a connection, and a share of every change. */
const mostStreams = 500;

const eventOf = (base: string, { type, ...data }: LiveEvent): string => {
  const shown = 'html' in data ? { ...data, html: markupBelow(base, data.html) } : data;
  return `event: ${type}\ndata: ${JSON.stringify(shown)}\n\n`;
};

/** Streams what happens on a page for as long as its reader may see it. Opens when the wake is joined, not before. */
export function createLiveStreams({ authenticatePage, eventStreams, publicUrl, clock, draining }: Deps) {
  const base = basePathOf(publicUrl);
  let open = 0;

  async function stream(response: Response, { join, take }: Source, over: AbortSignal): Promise<void> {
    let wake = new AbortController();
    const leave = join(() => wake.abort());
    try {
      // EventSource comes back by itself where a connection breaks; how soon, in milliseconds.
      await write(response, 'retry: 2000\n\n', over);
      while (!over.aborted) {
        await clock.sleep(commentEveryMs, AbortSignal.any([wake.signal, over]));
        if (!wake.signal.aborted) {
          await write(response, ': still here\n\n', over);
          continue;
        }
        await clock.sleep(togetherMs, over);
        wake = new AbortController();
        await write(
          response,
          take()
            .map((event) => eventOf(base, event))
            .join(''),
          over,
        );
      }
    } finally {
      leave();
    }
  }

  return (sourceOf: (visit: PageRequest) => Source | Promise<Source>): RequestHandler =>
    async (request, response) => {
      const visit = await authenticatePage(request);
      const source = await sourceOf(visit);
      if (open >= mostStreams || draining.aborted)
        throw new AppError('storage_unavailable', 'no more pages can be kept up to date just now');
      const head = { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' };
      if (request.method === 'HEAD') response.set(head);
      else {
        const gone = new AbortController();
        const over = (): void => gone.abort();
        response.once('close', over);
        draining.addEventListener('abort', over, { once: true });
        open += 1;
        const recheck = (): Promise<unknown> => authenticatePage(request);
        const allowed = { caller: visit.caller, recheck, over: gone.signal };
        const running = eventStreams.run(allowed, (until) => {
          response.set(head);
          return stream(response, source, until);
        });
        await running.finally(() => {
          open -= 1;
          draining.removeEventListener('abort', over);
        });
      }
      response.end();
    };
}

/** Writes, and waits for a slow reader: changes in the meantime are sent together. */
async function write(response: Response, text: string, over: AbortSignal): Promise<void> {
  if (text === '' || over.aborted || response.write(text)) return;
  await once(response, 'drain', { signal: over }).catch(() => undefined);
}
