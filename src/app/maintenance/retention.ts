import { messageOf } from '../../domain/error.ts';
import type { AuditLog, Clock, Log, Prune } from '../ports/index.ts';
import { dayMs } from '../../domain/time.ts';

/** Not in the first minute, when a service that has just started has more urgent work. */
const firstMs = 60_000;

interface Deps {
  readonly prune: Prune;
  readonly audit: Pick<AuditLog, 'prune'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly retentionDays: number;
  /** Audit entries outlive the triggers that they are about. */
  readonly auditRetentionDays: number;
}

/** Removes everything older than the retention once a day, until the signal aborts. */
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
