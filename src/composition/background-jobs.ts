import { keepRetention } from '../app/maintenance/retention.ts';
import type { Clock, Log } from '../app/ports/index.ts';
import { becomeLeader } from '../app/maintenance/leadership.ts';
import type { Service } from './service.ts';
import type { Config } from '../config/config.ts';
import { messageOf } from '../domain/error.ts';

interface Surroundings {
  readonly config: Pick<Config, 'retentionDays' | 'auditRetentionDays'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * What the service does by itself, without being asked, until the signal aborts: in one process of those that are on a
 * database, since each of them would do it all. Resolves when nothing of it is under way.
 */
export async function work(
  { engine, callbacks, hookWatch, store }: Service,
  { config: { retentionDays, auditRetentionDays }, clock, log }: Surroundings,
  signal: AbortSignal,
): Promise<void> {
  const { sweep, waiters } = engine;
  const { claim, triggers, prune, audit } = store;
  if (!(await becomeLeader({ claim, store: triggers, waiters, clock, log }, signal))) return;
  const swept = sweep
    .resume()
    .catch((error: unknown) => log.error({ error: messageOf(error) }, 'open triggers not resumed'))
    .then(() => sweep.run(signal));
  await Promise.all([
    swept,
    callbacks.run(signal),
    hookWatch.run(signal),
    keepRetention({ prune, audit, clock, log, retentionDays, auditRetentionDays }, signal),
  ]);
}
