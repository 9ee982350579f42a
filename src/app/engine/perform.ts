import { AppError, messageOf } from '../../domain/error.ts';
import type { Action, ReadReason } from '../../domain/trigger/event.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { isOpen } from '../../domain/trigger/trigger.ts';
import { createLruMap } from '../../domain/lru-map.ts';
import type { ReadsSpentUntil } from '../../domain/trigger/hook-reads.ts';
import { takeHookRead } from '../../domain/trigger/hook-reads.ts';
import type { Perform } from './apply-event.ts';
import { backoffMs } from '../../domain/backoff.ts';
import type { Clock, Log, TriggerStore } from '../ports/index.ts';
import type { Tracer, RunInContext } from '../ports/tracer.ts';
import { noTracer } from '../ports/tracer.ts';
import { GitLabUnavailable, GitLabUnusable } from '../ports/gitlab-unavailable.ts';
import type { HostRecovery } from './host-recovery.ts';

/** The longest pause while the database cannot be used: unlike GitLab's, its load is our own. */
const longestStorageWaitMs = 2_000;

/** How many buckets of reads are kept: one that was not used for the longest time has filled up. */
const mostBuckets = 10_000;

/** Performs one kind of action for a trigger in its stored state. `why` is for the history. */
export type Performer = (trigger: Trigger, why?: ReadReason) => Promise<void>;

interface Deps {
  readonly store: Pick<TriggerStore, 'find'>;
  readonly performers: Readonly<Record<Action['type'], Performer>>;
  readonly recovery: Pick<HostRecovery, 'wait'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborts when the service stops: work under way ends, nothing is attempted again. */
  readonly signal: AbortSignal;
  readonly here?: Tracer['captureContext'];
}

/** A requested action, and its trace context. */
interface Requested {
  readonly action: Action;
  readonly within: RunInContext;
}

interface UnderWay {
  /** The repetition that is requested. */
  again: Requested | null;
  /** Ends the wait for a read that a webhook may cause; null while there is none. */
  wake: (() => void) | null;
  done: Promise<void>;
}

/** The work under way in this process. */
export interface Work {
  readonly perform: Perform;
  /** Resolves when nothing is under way. */
  readonly idle: () => Promise<void>;
}

/**
 * Performs each kind of action at most once at a time for a trigger. An action that is requested while it is under way
 * is performed once more afterwards: its observations may be older than the event that requested it.
 * What webhooks request beyond their share of reads is performed once when they have one again, or with the next
 * request of another kind.
 * Without an answer of GitLab or the database it is repeated, with growing pauses, for as long as the trigger is open.
 */
export function createPerform(deps: Deps): Work {
  const { store, performers, recovery, clock, log, signal, here = noTracer.captureContext } = deps;
  const underWay = new Map<string, UnderWay>();
  const buckets = createLruMap<string, ReadsSpentUntil>(mostBuckets);

  async function once(id: TriggerId, action: Action, attempt: number): Promise<void> {
    const { type } = action;
    if (signal.aborted) return;
    let gitlabUrl: string | null = null;
    try {
      const stored = await store.find(id);
      gitlabUrl = stored?.trigger.request.gitlabUrl ?? null;
      if (stored !== undefined && isOpen(stored.trigger))
        await performers[type](stored.trigger, whyOf(action));
    } catch (error) {
      if (!isWorthAnotherTry(error)) throw error;
      const waitMs = waitAfter(error, attempt);
      log.warn({ triggerId: id, action: type, waitMs, error: messageOf(error) }, 'action delayed');
      if (gitlabUrl === null || !isAway(error)) await clock.sleep(waitMs, signal);
      else await recovery.wait(gitlabUrl, waitMs, signal);
      await once(id, action, attempt + 1);
    }
  }

  /** Waits until a webhook may cause a read. @returns what was requested last, which the same read shows */
  async function waitForTurn(key: string, entry: UnderWay, requested: Requested): Promise<Requested> {
    const { spentUntil, waitMs } = takeHookRead(buckets.get(key), clock.now());
    buckets.set(key, spentUntil);
    if (waitMs === 0) return requested;
    const awake = new AbortController();
    entry.wake = () => {
      awake.abort();
    };
    await clock.sleep(waitMs, AbortSignal.any([signal, awake.signal]));
    const last = entry.again ?? requested;
    [entry.wake, entry.again] = [null, null];
    return last;
  }

  async function settle(id: TriggerId, action: Action): Promise<void> {
    try {
      await once(id, action, 0);
    } catch (error) {
      log.error({ triggerId: id, action: action.type, error: messageOf(error) }, 'action failed');
    }
  }

  async function untilSettled(key: string, id: TriggerId, entry: UnderWay, first: Requested): Promise<void> {
    for (let next: Requested | null = first; next !== null;) {
      const { action, within } = isByHook(next.action) ? await waitForTurn(key, entry, next) : next;
      await within(() => settle(id, action));
      next = entry.again;
      entry.again = null;
    }
    underWay.delete(key);
  }

  const start = (id: TriggerId, action: Action): void => {
    const key = `${action.type} ${id}`;
    const requested = { action, within: here() };
    const entry = underWay.get(key);
    if (entry === undefined) {
      const begun: UnderWay = { again: null, wake: null, done: Promise.resolve() };
      underWay.set(key, begun);
      begun.done = untilSettled(key, id, begun, requested);
      return;
    }
    // A request that does not wait for its turn is not made to wait by a webhook.
    if (entry.again === null || isByHook(entry.again.action) || !isByHook(action)) entry.again = requested;
    if (!isByHook(action)) entry.wake?.();
  };

  return {
    perform: (id, actions) => {
      for (const action of actions) start(id, action);
    },
    idle: async () => {
      await Promise.all([...underWay.values()].map(({ done }) => done));
    },
  };
}

const whyOf = (action: Action): ReadReason | undefined => ('why' in action ? action.why : undefined);

const isByHook = (action: Action): boolean => whyOf(action) === 'hook';

const isWorthAnotherTry = (error: unknown): error is AppError =>
  error instanceof GitLabUnusable ||
  (error instanceof AppError &&
    (error.code === 'gitlab_unavailable' || error.code === 'storage_unavailable'));

/** A pause that GitLab asked for is kept, even when it answers other requests. */
const isAway = (error: AppError): boolean =>
  error instanceof GitLabUnavailable && error.unanswered.retryAfterMs === null;

function waitAfter(error: AppError, attempt: number): number {
  if (error.code === 'storage_unavailable')
    return Math.min(backoffMs(attempt, null, Math.random()), longestStorageWaitMs);
  const askedMs = error instanceof GitLabUnavailable ? error.unanswered.retryAfterMs : null;
  return backoffMs(attempt, askedMs, Math.random());
}
