import { once } from 'node:events';
import type { Response } from 'express';

/** How long a reader may take for what is ready for it, in milliseconds: a piece of a stream, or a whole answer. */
const readMs = 60_000;
/** Of a stream: slower than a kilobyte a second nobody reads who wants to know. */
const pieceLength = 65_536;

/** Closes the connection of a reader who takes too long for an answer that has been ended. */
export function destroyIfStalled(response: Response): void {
  // Nearly every answer has gone to the kernel by now.
  if ((response.socket?.writableLength ?? 0) === 0) return;
  const timer = setTimeout(() => response.destroy(), readMs).unref();
  response.once('close', () => clearTimeout(timer));
}

/**
 * Writes a part of a stream, and waits for its reader rather than to pile up what is not taken. The connection of one
 * who has stopped reading is closed.
 * @param gone aborts when nobody is there any more
 */
export async function writeWithBackpressure(
  response: Response,
  text: string,
  gone: AbortSignal,
): Promise<void> {
  for (let from = 0; from < text.length && !gone.aborted; from += pieceLength) {
    if (response.write(text.slice(from, from + pieceLength))) continue;
    const timer = setTimeout(() => response.destroy(), readMs).unref();
    await once(response, 'drain', { signal: gone }).catch(() => undefined);
    clearTimeout(timer);
  }
}

/** Makes what aborts when the caller of a response hangs up, or the service stops. */
export type RequestSignal = (response: Response) => AbortSignal;

/** One listener for all who are held: to join signals for each weighs several times as much. */
export function createRequestSignal(draining: AbortSignal): RequestSignal {
  const held = new Set<AbortController>();
  draining.addEventListener('abort', () => {
    for (const gone of held) gone.abort();
  });
  return (response) => {
    // While its trigger was looked up the caller may have gone: then nothing will close any more.
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
