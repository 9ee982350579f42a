import type { Response } from 'express';
import type { PresenceEntry } from '../../app/diagnostics/presence.ts';
import type { Diagnostics } from '../../app/diagnostics/diagnostics.ts';
import type { Clock, TriggerStore } from '../../app/ports/index.ts';
import type { TriggerNotifier } from '../../app/engine/trigger-notifier.ts';
import { AppError } from '../../domain/error.ts';
import type { TriggerId } from '../../domain/ids.ts';
import { problemOf } from '../middleware/problem.ts';
import type { Reply } from '../middleware/reply.ts';
import { send } from '../middleware/reply.ts';
import type { Finished } from './verdict.ts';
import { isFinishedTrigger } from './verdict.ts';

/** A request that is held, and how to answer it. */
export interface HeldRequest {
  readonly response: Response;
  readonly id: TriggerId;
  /** Its entry among the waiting callers, which it leaves. */
  readonly presence: PresenceEntry;
  readonly seconds: number;
  /** @param trigger null while it is pending */
  readonly answer: (trigger: Finished | null) => Promise<Reply>;
}

/**
 * Holds a request until the trigger finishes, the time is up, the service stops or the caller hangs up, and answers it.
 * Resolves as soon as the request is held or answered.
 * @throws AppError `not_found`, `storage_unavailable`
 */
export type Hold = (held: HeldRequest) => Promise<void>;

interface Deps {
  readonly store: Pick<TriggerStore, 'find'>;
  readonly waiters: Pick<TriggerNotifier, 'subscribe'>;
  readonly clock: Clock;
  readonly diagnostics: Pick<Diagnostics, 'presence' | 'responses'>;
  /** Aborts when the service stops. */
  readonly draining: AbortSignal;
}

/** Requests that time out within so long of each other share a timer. */
const tickMs = 100;
/** Callers answered per turn of the event loop: ten thousand in one turn would block other requests. */
const perTurn = 200;

/**
 * Holds requests until their triggers finish. With ten thousand of them memory matters, so nothing of the request's
 * handling is kept while it is held: no promise, no timer, none of Express's state.
 */
export function createLongPoll({ store, waiters, clock, diagnostics, draining }: Deps): Hold {
  /** The requests to settle at each time. */
  const timeouts = new Map<number, Set<() => void>>();
  const responses: (() => Promise<void>)[] = [];

  function respondToSome(): void {
    for (const answer of responses.splice(0, perTurn)) void answer();
    if (responses.length > 0) setImmediate(respondToSome);
  }

  function respondLater(answer: () => Promise<void>): void {
    if (responses.push(answer) === 1) setImmediate(respondToSome);
  }

  async function respond(
    { response, presence, answer }: HeldRequest,
    trigger: Finished | null,
  ): Promise<void> {
    if (response.closed) {
      note(presence, null);
      return;
    }
    const reply = await answer(trigger).catch(problemOf);
    send(response, reply);
    note(presence, reply.status);
  }

  const note = ({ id, caller }: PresenceEntry, status: number | null): void =>
    diagnostics.responses.note(id, caller, status);

  const scheduleTimeout = (time: number, settle: () => void): Set<() => void> =>
    (timeouts.get(time) ?? startTimer(time)).add(settle);

  function startTimer(time: number): Set<() => void> {
    const timeout = new Set<() => void>();
    timeouts.set(time, timeout);
    void clock.sleep(time - clock.now(), draining).then(() => {
      timeouts.delete(time);
      for (const timeUp of timeout) timeUp();
    });
    return timeout;
  }

  /** Holds a request. @returns a function that answers it, once: whether it was still held */
  function register(held: HeldRequest): (trigger: Finished | null | 'hungUp' | 'failed') => boolean {
    let isHeld = true;
    const settle = (trigger: Finished | null | 'hungUp' | 'failed'): boolean => {
      if (!isHeld) return false;
      isHeld = false;
      leave();
      timeout?.delete(timeUp);
      diagnostics.presence.leave(held.presence);
      if (trigger === 'hungUp') note(held.presence, null);
      else if (trigger !== 'failed') respondLater(() => respond(held, trigger));
      return true;
    };
    const timeUp = (): void => void settle(null);
    const leave = waiters.subscribe(held.id, (trigger) => {
      if (isFinishedTrigger(trigger)) settle(trigger);
    });
    const time = clock.now() + held.seconds * 1000;
    const timeout = draining.aborted ? null : scheduleTimeout(time - (time % tickMs), timeUp);
    held.response.once('close', () => settle('hungUp'));
    return settle;
  }

  return async function hold(held) {
    // Subscribe before reading: an outcome in between must not be missed.
    const settle = register(held);
    try {
      const stored = await store.find(held.id);
      if (stored === undefined) throw new AppError('not_found', `there is no trigger ${held.id}`);
      if (isFinishedTrigger(stored.trigger)) settle(stored.trigger);
      // The caller may have hung up during the lookup: then no further close event follows.
      else if (held.response.closed) settle('hungUp');
      else if (draining.aborted) settle(null);
      release(held.response);
    } catch (error) {
      if (settle('failed')) throw error;
    }
  };
}

/** Express's state of a request takes as much memory as all the rest. */
function release({ req: request }: Response): void {
  request.next = undefined;
}
