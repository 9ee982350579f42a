import type { Clock } from '../../app/ports/index.ts';

/** When requests to GitLab are aborted, besides their timeout. */
export interface ShutdownSignals {
  readonly reads: AbortSignal;
  readonly writes: AbortSignal;
}

/**
 * How long requests that change something in GitLab may take when the service stops. Without an answer nothing is lost:
 * the request is stored, and its effect is searched for after the next start.
 */
const graceMs = 3_000;

/** Never aborts. */
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
