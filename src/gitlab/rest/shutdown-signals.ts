import type { Clock } from '../../app/ports/index.ts';

/** When requests to GitLab that are under way are given up, besides their timeout. */
export interface ShutdownSignals {
  readonly reads: AbortSignal;
  readonly writes: AbortSignal;
}

/**
 * What changes something in GitLab has so long to be answered when the service stops. Without an answer nothing is
 * lost: that it was asked for is stored, and looked for after the next start.
 */
const graceMs = 3_000;

/** Nothing is given up. */
export const never: ShutdownSignals = {
  reads: new AbortController().signal,
  writes: new AbortController().signal,
};

/** When the service stops, reads are aborted immediately, requests that change something a little later. */
export function createShutdownSignals(stopping: AbortSignal, clock: Pick<Clock, 'sleep'>): ShutdownSignals {
  const acting = new AbortController();
  stopping.addEventListener('abort', () => void clock.sleep(graceMs).then(() => acting.abort()), {
    once: true,
  });
  return { reads: stopping, writes: acting.signal };
}
