import type { RequestHandler } from 'express';
import type { Clock } from '../../app/ports/index.ts';
import { AppError } from '../../domain/error.ts';
import type { EventStreams } from '../middleware/event-streams.ts';
import { basePathOf } from '../middleware/request-path.ts';
import type { StreamSource } from '../middleware/streaming.ts';
import { createRequestSignal, eventStreamType, eventText, streamFrom } from '../middleware/streaming.ts';
import { markupBelow } from './base-path.ts';
import type { PageRequest, AuthenticatePage } from './authenticate-page.ts';

/** The messages of a stream to a page. */
export type LiveEvent =
  /** A part of the page in its present state. `announce` is for screen readers. */
  | {
      readonly type: 'part';
      readonly id: string;
      readonly html: string;
      /** Whether to add it to a page that does not have it yet. */
      readonly isNew: boolean;
      /** Whether to remove it, since the page would no longer have it if it were loaded now. */
      readonly isOver: boolean;
      readonly announce: string | null;
    }
  /** Something on the page has changed: the browser has to load it again. */
  | { readonly type: 'stale' };

/** The source of a page's live updates. */
export interface Source {
  /** Calls `wake` when there are messages. @returns a function that unsubscribes */
  readonly join: (wake: () => void) => () => void;
  /** The messages since the last call. */
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
/** Far more streams than readers; each takes memory, a connection, and a share of the work of every change. */
const mostStreams = 500;
/** After how many milliseconds EventSource reconnects by itself. */
const retry = 'retry: 2000\n\n';

/** Streams the changes of a page for as long as its reader may see it. Sends its head only once it has subscribed. */
export function createLiveStreams({ authenticatePage, eventStreams, publicUrl, clock, draining }: Deps) {
  const base = basePathOf(publicUrl);
  const signalOf = createRequestSignal(draining);
  let open = 0;

  const textOf = ({ type, ...data }: LiveEvent): string =>
    eventText({ name: type, data: 'html' in data ? { ...data, html: markupBelow(base, data.html) } : data });

  return function streamOf(sourceOf: (visit: PageRequest) => Source | Promise<Source>): RequestHandler {
    return async function streamPage(request, response) {
      const visit = await authenticatePage(request);
      const source = await sourceOf(visit);
      const { join, take } = visit.caller.person === undefined ? source : withRereads(source, clock);
      if (open >= mostStreams || draining.aborted)
        throw new AppError('storage_unavailable', 'no more pages can be kept up to date just now');
      let begin = retry;
      const stream: StreamSource = {
        subscribe: join,
        take: () => {
          const text = begin + take().map(textOf).join('');
          begin = '';
          return { text, next: 'wait' };
        },
        comment: () => ': still here\n\n',
      };
      const recheck = async (): Promise<void> => {
        const { caller } = await authenticatePage(request);
        // The stream was begun for who may more, or less: the browser begins another one.
        if (caller.role !== visit.caller.role) throw new AppError('unauthorized', 'the role has changed');
      };
      const allowed = { caller: visit.caller, recheck, over: signalOf(response) };
      open += 1;
      try {
        await eventStreams.run(allowed, (over) =>
          streamFrom(response, stream, { contentType: eventStreamType, clock, over, togetherMs }),
        );
      } finally {
        open -= 1;
      }
    };
  };
}

/** An open page of a person is read again as often as this: what GitLab has taken away leaves it within five minutes. */
const rereadMs = 45_000;

/** The same, with a request to read the page again from time to time. */
function withRereads({ join, take }: Source, clock: Clock): Source {
  let isDue = false;

  async function remind(wake: () => void, over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await clock.sleep(rereadMs, over);
      isDue = !over.aborted;
      wake();
    }
  }

  return {
    join(wake) {
      const left = new AbortController();
      const leave = join(wake);
      void remind(wake, left.signal);
      return () => {
        left.abort();
        leave();
      };
    },
    take() {
      const events = take();
      const due: readonly LiveEvent[] = isDue ? [{ type: 'stale' }] : [];
      isDue = false;
      return [...events, ...due];
    },
  };
}
