import type { RequestHandler } from 'express';
import type { Clock } from '../../app/ports/index.ts';
import { AppError } from '../../domain/error.ts';
import type { EventStreams } from '../middleware/event-streams.ts';
import { basePathOf } from '../middleware/request-path.ts';
import type { StreamSource } from '../middleware/streaming.ts';
import { createRequestSignal, eventStreamType, eventText, streamFrom } from '../middleware/streaming.ts';
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
/** Far more than people; each takes memory, a connection, and a share of every change. */
const mostStreams = 500;
/** EventSource comes back by itself where a connection breaks; how soon, in milliseconds. */
const retry = 'retry: 2000\n\n';

/** Streams what happens on a page for as long as its reader may see it. Opens when the wake is joined, not before. */
export function createLiveStreams({ authenticatePage, eventStreams, publicUrl, clock, draining }: Deps) {
  const base = basePathOf(publicUrl);
  const signalOf = createRequestSignal(draining);
  let open = 0;

  const textOf = ({ type, ...data }: LiveEvent): string =>
    eventText({ name: type, data: 'html' in data ? { ...data, html: markupBelow(base, data.html) } : data });

  return function streamOf(sourceOf: (visit: PageRequest) => Source | Promise<Source>): RequestHandler {
    return async function streamPage(request, response) {
      const visit = await authenticatePage(request);
      const { join, take } = await sourceOf(visit);
      if (open >= mostStreams || draining.aborted)
        throw new AppError('storage_unavailable', 'no more pages can be kept up to date just now');
      let begin = retry;
      const source: StreamSource = {
        subscribe: join,
        take: () => {
          const text = begin + take().map(textOf).join('');
          begin = '';
          return { text, next: 'wait' };
        },
        comment: () => ': still here\n\n',
      };
      const recheck = (): Promise<unknown> => authenticatePage(request);
      const allowed = { caller: visit.caller, recheck, over: signalOf(response) };
      open += 1;
      try {
        await eventStreams.run(allowed, (over) =>
          streamFrom(response, source, { contentType: eventStreamType, clock, over, togetherMs }),
        );
      } finally {
        open -= 1;
      }
    };
  };
}
