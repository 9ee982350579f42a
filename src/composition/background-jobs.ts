import { followChanges } from '../app/maintenance/follow-changes.ts';
import { createForeignDeliveries } from '../app/maintenance/foreign-deliveries.ts';
import { keepHeartbeat, becomeLeader } from '../app/maintenance/leadership.ts';
import { keepRetention } from '../app/maintenance/retention.ts';
import type { Clock, Log } from '../app/ports/index.ts';
import type { Service } from './service.ts';
import type { Config } from '../config/config.ts';
import { messageOf } from '../domain/error.ts';

interface Surroundings {
  readonly config: Pick<Config, 'retentionDays' | 'auditRetentionDays'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The background jobs of the service, until the signal aborts. Each process on a database follows what the others store;
 * all other jobs run in one process only. Resolves when no job is under way.
 */
export async function work(
  { engine, callbacks, hookWatch, store }: Service,
  { config: { retentionDays, auditRetentionDays }, clock, log }: Surroundings,
  signal: AbortSignal,
): Promise<void> {
  const { sweep, waiters, applyUnapplied } = engine;
  const { claim, leaderHeartbeat: heartbeat, changes, triggers, inbox, prune, audit } = store;
  const foreign = createForeignDeliveries({ inbox, applyUnapplied, clock, log });

  async function workAlone(): Promise<void> {
    if (!(await becomeLeader({ claim, heartbeat, clock, log }, signal))) return;
    const swept = sweep
      .resume()
      .catch((error: unknown) => log.error({ error: messageOf(error) }, 'open triggers not resumed'))
      .then(() => sweep.run(signal));
    await Promise.all([
      swept,
      foreign.run(signal),
      callbacks.run(signal),
      hookWatch.run(signal),
      keepHeartbeat({ heartbeat, clock, log }, signal),
      keepRetention({ prune, audit, clock, log, retentionDays, auditRetentionDays }, signal),
    ]);
  }

  await Promise.all([
    followChanges({ changes, store: triggers, waiters, delivered: foreign.add, clock, log }, signal),
    workAlone(),
  ]);
}
