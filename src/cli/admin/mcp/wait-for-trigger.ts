import type { TriggerView } from '../../../api/trigger-view.ts';
import { triggerLine } from './describe-trigger.ts';
import type { TriggerClient } from './trigger-client.ts';

/** The service holds a request so long. */
const holdSeconds = 25;
/** Clients give a request up that is silent for long; a minute is usual. */
const progressMs = 5_000;

interface Options {
  readonly client: Pick<TriggerClient, 'show' | 'change'>;
  readonly id: string;
  /** Null: until the trigger has finished. */
  readonly timeoutSeconds: number | null;
  readonly signal: AbortSignal;
  /** Milliseconds; grows steadily. */
  readonly now: () => number;
  /** Reports how the trigger is, immediately and every five seconds; undefined where nobody asked for it. */
  readonly report: ((seconds: number, message: string) => Promise<void>) | undefined;
}

/**
 * Waits until a trigger has finished or the time is up, without polling.
 * @returns the trigger as it is then
 * @throws Failure
 */
export async function waitForTrigger(options: Options): Promise<TriggerView> {
  const { client, id, timeoutSeconds, signal, now, report } = options;
  const startedAt = now();
  const elapsedSeconds = (): number => Math.round((now() - startedAt) / 1000);
  const leftSeconds = (): number => (timeoutSeconds === null ? Infinity : timeoutSeconds - elapsedSeconds());
  let known = await client.show(id, signal);
  // A client that is gone gets no reports; the request itself ends by the signal.
  const reportNow = (): void =>
    void report?.(elapsedSeconds(), triggerLine(known.trigger)).catch(() => undefined);
  reportNow();
  const timer = setInterval(reportNow, progressMs);
  try {
    while (known.trigger.state === 'pending' && leftSeconds() > 0 && !signal.aborted) {
      const seconds = Math.max(1, Math.min(holdSeconds, Math.ceil(leftSeconds())));
      known = await client.change(known, seconds, signal);
    }
  } finally {
    clearInterval(timer);
  }
  return known.trigger;
}
