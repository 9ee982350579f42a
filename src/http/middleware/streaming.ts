import { once } from 'node:events';
import type { Response } from 'express';
import type { Clock } from '../../app/ports/index.ts';

/** How long a reader may take for the next piece of a stream, or for a whole answer, in milliseconds. */
const readMs = 60_000;
/** For a stream: every real reader takes more than a kilobyte a second. */
const pieceLength = 65_536;

/** Closes the connection of a reader that takes too long for a complete answer. */
export function destroyIfStalled(response: Response): void {
  // Nearly every answer has gone to the kernel by now.
  if ((response.socket?.writableLength ?? 0) === 0) return;
  const timer = setTimeout(() => response.destroy(), readMs).unref();
  response.once('close', () => clearTimeout(timer));
}

/**
 * Writes a part of a stream, and waits for its reader instead of buffering. The connection of a reader that has stopped
 * reading is closed.
 * @param gone aborts when the reader has hung up
 */
export async function writeWithBackpressure(
  response: Response,
  text: string | Uint8Array,
  gone: AbortSignal,
): Promise<void> {
  for (let from = 0; from < text.length && !gone.aborted; from += pieceLength) {
    if (response.write(text.slice(from, from + pieceLength))) continue;
    const timer = setTimeout(() => response.destroy(), readMs).unref();
    await once(response, 'drain', { signal: gone }).catch(() => undefined);
    clearTimeout(timer);
  }
}

/** Creates signals that abort when the caller of a response hangs up, or the service stops. */
export type RequestSignal = (response: Response) => AbortSignal;

/** One listener for all held requests: a combined signal for each takes several times the memory. */
export function createRequestSignal(draining: AbortSignal): RequestSignal {
  const held = new Set<AbortController>();
  draining.addEventListener('abort', () => {
    for (const gone of held) gone.abort();
  });
  return function signalOf(response) {
    // The caller may have hung up during the lookup: then no further close event follows.
    if (response.closed || draining.aborted) return AbortSignal.abort();
    const gone = new AbortController();
    held.add(gone);
    response.once('close', () => {
      held.delete(gone);
      gone.abort();
    });
    return gone.signal;
  };
}

/** One event of a stream. */
interface ServerEvent {
  readonly id?: number | undefined;
  readonly name: string;
  readonly data: object;
}

/**
 * An event as Server-Sent Events have it. JSON has its line breaks in escapes, so the data is one line, whatever
 * somebody else wrote into it. Source: WHATWG HTML, section 9.2.5
 */
export const eventText = ({ id, name, data }: ServerEvent): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

export const eventStreamType = 'text/event-stream; charset=utf-8';

/** A part of a stream, and whether the next one comes after a wake, or right away, or there is none. */
export interface StreamPart {
  readonly text: string;
  readonly next: 'wait' | 'more' | 'end';
}

/** Where a stream has its text from. */
export interface StreamSource {
  /** Calls the wake when there may be something to take. @returns how to leave */
  readonly subscribe: (wake: () => void) => () => void;
  /** What has come since the last call; asked for also after each comment, should a wake ever be lost. */
  readonly take: () => StreamPart | Promise<StreamPart>;
  readonly comment: () => string;
}

interface StreamOptions {
  readonly contentType: string;
  readonly clock: Pick<Clock, 'sleep'>;
  /** Aborts when the caller hangs up or loses its rights, or the service stops. */
  readonly over: AbortSignal;
  /** What comes within that time of a wake is taken together, in milliseconds. */
  readonly togetherMs?: number;
}

/** Proxies cut a silent stream after a minute, some after 30 seconds. */
const commentEveryMs = 15_000;

/**
 * Sends what a source has and goes on having, until it ends or is over. A slow reader holds nothing up but itself: no
 * more is taken before the last part has gone.
 * @throws what the source throws at first, before anything is sent; later the connection is cut, so that the caller resumes
 */
export async function streamFrom(
  response: Response,
  { subscribe, take, comment }: StreamSource,
  { contentType, clock, over, togetherMs = 0 }: StreamOptions,
): Promise<void> {
  let wake = new AbortController();
  const wakeUp = (): void => wake.abort();
  if (over.aborted) wakeUp();
  over.addEventListener('abort', wakeUp);
  // Joined before the first look: what happens in between must not be missed.
  const leave = subscribe(wakeUp);

  async function pause(): Promise<void> {
    await clock.sleep(commentEveryMs, wake.signal);
    if (!wake.signal.aborted) await writeWithBackpressure(response, comment(), over);
    else if (togetherMs > 0) await clock.sleep(togetherMs, over);
    wake = new AbortController();
  }

  try {
    let part = await take();
    response.set({ 'content-type': contentType, 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    response.flushHeaders();
    // HEAD asks for what there is, not to have it.
    while (response.req.method !== 'HEAD') {
      await writeWithBackpressure(response, part.text, over);
      if (part.next === 'wait') await pause();
      if (part.next === 'end' || over.aborted) break;
      part = await take();
    }
    response.end();
  } catch (error) {
    if (!response.headersSent) throw error;
    response.destroy();
  } finally {
    leave();
    over.removeEventListener('abort', wakeUp);
  }
}
