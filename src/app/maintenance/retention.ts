import { messageOf } from '../../domain/error.ts';
import type { AuditLog, Clock, Log, Prune } from '../ports/index.ts';
import { dayMs } from '../../domain/time.ts';

/** Not in the first minute, in which a service that just started has better things to do. */
const firstMs = 60_000;

interface Deps {
  readonly prune: Prune;
  readonly audit: Pick<AuditLog, 'prune'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly retentionDays: number;
  /** Who did what is asked long after what they did it to is gone. */
  readonly auditRetentionDays: number;
}

/** Once a day removes what is older than the retention, until the signal aborts. */
export async function keepRetention(
  { prune, audit, clock, log, retentionDays, auditRetentionDays }: Deps,
  signal: AbortSignal,
): Promise<void> {
  const removeAll = async (now: number) => ({
    ...(await prune(now - retentionDays * dayMs, now)),
    auditEntries: await audit.prune(now - auditRetentionDays * dayMs),
  });
  await clock.sleep(firstMs, signal);
  while (!signal.aborted) {
    const now = clock.now();
    await removeAll(now)
      .then((removed) => {
        if (Object.values(removed).some((count) => count > 0)) log.info(removed, 'pruned');
      })
      .catch((error: unknown) => log.error({ error: messageOf(error) }, 'not pruned'));
    await clock.sleep(dayMs, signal);
  }
}
