import { messageOf } from '../../domain/error.ts';
import type { Clock, Log } from '../ports/index.ts';

/** How often to try for the lock, in milliseconds. */
const everyMs = 500;
/** The interval of the leading process's heartbeat. */
const heartbeatMs = 5_000;
/** After so many checks without a heartbeat it is reported: a minute, unless this process was stopped in between. */
const silentChecks = 120;

/** The heartbeat of the leading process, and how another process reads it. */
export interface LeaderHeartbeat {
  readonly sendHeartbeat: () => Promise<void>;
  /** A value that changes with each heartbeat. */
  readonly lastHeartbeat: () => Promise<number>;
}

interface Deps {
  /** Tries to take the lock. @returns whether this process leads from now on */
  readonly claim: () => Promise<boolean>;
  readonly heartbeat: LeaderHeartbeat;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Resolves when this process leads: immediately, or when the one before it has ended. Until then that one sweeps, sends
 * callbacks and prunes; both answer their callers.
 * @returns false when the signal aborted before
 */
export async function becomeLeader(
  { claim, heartbeat, clock, log }: Deps,
  signal: AbortSignal,
): Promise<boolean> {
  const watch = createHeartbeatWatch({ heartbeat, log });

  async function take(isFirst: boolean): Promise<boolean> {
    try {
      if (await claim()) return true;
      if (isFirst) log.warn({}, 'another process works on this database: standing by');
    } catch (error) {
      if (isFirst) log.error({ error: messageOf(error) }, 'the database is not claimed');
    }
    return false;
  }

  let isTaken = await take(true);
  if (isTaken) return true;
  while (!isTaken) {
    await clock.sleep(everyMs, signal);
    if (signal.aborted) return false;
    isTaken = await take(false);
    if (!isTaken) await watch();
  }
  log.info({}, 'the other process has ended: taking over');
  return true;
}

/** Logs once that the leading process has shown no heartbeat for a minute, and when it shows one again. */
function createHeartbeatWatch({ heartbeat, log }: Pick<Deps, 'heartbeat' | 'log'>): () => Promise<void> {
  let [last, looks] = [Number.NaN, 0];

  return async function look() {
    const now = await heartbeat.lastHeartbeat().catch(() => last);
    if (now === last) {
      looks += 1;
      if (looks === silentChecks) log.warn({ silentSeconds: (looks * everyMs) / 1000 }, silentLeader);
      return;
    }
    if (looks >= silentChecks) log.info({}, 'the other process runs again');
    [last, looks] = [now, 0];
  };
}

const silentLeader =
  'the process that works on this database holds its lock, but has not run for a minute: nothing is swept, called ' +
  'back or pruned, and webhooks may be refused. Let it go on (kill -CONT) or end it (kill -KILL): then this one takes ' +
  'over. `fuser FILE.lock` names it';

/** Writes the heartbeat for as long as this process leads. */
export async function keepHeartbeat(
  { heartbeat, clock, log }: Omit<Deps, 'claim'>,
  signal: AbortSignal,
): Promise<void> {
  let isFailing = false;
  while (!signal.aborted) {
    try {
      await heartbeat.sendHeartbeat();
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.warn({ error: messageOf(error) }, 'other processes cannot see that this one runs');
      isFailing = true;
    }
    await clock.sleep(heartbeatMs, signal);
  }
}
