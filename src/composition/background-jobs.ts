import { followChanges } from '../app/maintenance/follow-changes.ts';
import { createForeignDeliveries } from '../app/maintenance/foreign-deliveries.ts';
import { keepHeartbeat, becomeLeader } from '../app/maintenance/leadership.ts';
import { keepRetention } from '../app/maintenance/retention.ts';
import { shareWork } from '../app/maintenance/share-work.ts';
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
  const { sharing, changes, triggers, inbox, prune, audit } = store;
  const foreign = createForeignDeliveries({ inbox, applyUnapplied, clock, log });

  const resume = (): Promise<void> =>
    sweep
      .resume()
      .catch((error: unknown) => log.error({ error: messageOf(error) }, 'open triggers not resumed'));
  const jobs: Readonly<Record<string, (until: AbortSignal) => Promise<void>>> = {
    sweep: async (until) => {
      await resume();
      await sweep.run(until);
    },
    callbacks: callbacks.run,
    hookWatch: hookWatch.run,
    retention: (until) =>
      keepRetention({ prune, audit, clock, log, retentionDays, auditRetentionDays }, until),
  };

  async function workBesideOthers(): Promise<void> {
    if (sharing === null) return;
    if (sharing.kind === 'processes') {
      const { processes } = sharing;
      return shareWork({ processes, jobs, takeUp: resume, clock, log }, signal);
    }
    const { lock: heartbeat } = sharing;
    if (!(await becomeLeader({ claim: heartbeat.take, heartbeat, clock, log }, signal))) return;
    await Promise.all([
      ...Object.values(jobs).map((job) => job(signal)),
      foreign.run(signal),
      keepHeartbeat({ heartbeat, clock, log }, signal),
    ]);
  }

  await Promise.all([
    followChanges({ changes, store: triggers, waiters, delivered: foreign.add, clock, log }, signal),
    workBesideOthers(),
  ]);
}
