import type { Clock } from '../../app/ports/index.ts';

/** When requests to GitLab that are under way are given up, besides their timeout. */
export interface GiveUp {
  readonly reading: AbortSignal;
  readonly acting: AbortSignal;
}

/**
 * What changes something in GitLab has so long to be answered when the service stops. Without an answer nothing is
 * lost: that it was asked for is stored, and looked for after the next start.
 */
const graceMs = 3_000;

/** Nothing is given up. */
export const never: GiveUp = {
  reading: new AbortController().signal,
  acting: new AbortController().signal,
};

/** When the service stops, what only reads is given up at once, what acts a little later. */
export function giveUpAt(stopping: AbortSignal, clock: Pick<Clock, 'sleep'>): GiveUp {
  const acting = new AbortController();
  stopping.addEventListener('abort', () => void clock.sleep(graceMs).then(() => acting.abort()), {
    once: true,
  });
  return { reading: stopping, acting: acting.signal };
}
