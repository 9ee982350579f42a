import type { Response } from 'express';

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
