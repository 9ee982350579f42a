import { messageOf } from '../domain/error.ts';
import type { Clock, Log, Prune } from './ports.ts';

const dayMs = 86_400_000;
/** Not in the first minute, in which a service that just started has better things to do. */
const firstMs = 60_000;

interface Deps {
  readonly prune: Prune;
  readonly clock: Clock;
  readonly log: Log;
  readonly retentionDays: number;
}

/** Once a day removes what is older than the retention, until the signal aborts. */
export async function keepTidy(
  { prune, clock, log, retentionDays }: Deps,
  signal: AbortSignal,
): Promise<void> {
  await clock.sleep(firstMs, signal);
  while (!signal.aborted) {
    const now = clock.now();
    await prune(now - retentionDays * dayMs, now)
      .then(({ triggers, deliveries }) => {
        if (triggers + deliveries > 0) log.info({ triggers, deliveries }, 'pruned');
      })
      .catch((error: unknown) => log.error({ error: messageOf(error) }, 'not pruned'));
    await clock.sleep(dayMs, signal);
  }
}
