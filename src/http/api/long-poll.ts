import type { Response } from 'express';
import type { Place } from '../../app/diagnostics/presence.ts';
import type { Insight } from '../../app/diagnostics/diagnostics.ts';
import type { Clock, TriggerStore } from '../../app/ports/index.ts';
import type { Waiters } from '../../app/engine/trigger-notifier.ts';
import { AppError } from '../../domain/error.ts';
import type { TriggerId } from '../../domain/ids.ts';
import { problemOf } from '../middleware/problem.ts';
import type { Reply } from '../middleware/reply.ts';
import { send } from '../middleware/reply.ts';
import type { Finished } from './verdict.ts';
import { isFinishedTrigger } from './verdict.ts';

/** A caller who is held, and how to answer once it is known how the trigger stands. */
export interface Guest {
  readonly response: Response;
  readonly id: TriggerId;
  /** Where it is counted among those who wait, which it leaves. */
  readonly place: Place;
  readonly seconds: number;
  /** @param trigger null while it is pending */
  readonly answer: (trigger: Finished | null) => Promise<Reply>;
}

/**
 * Holds a caller until the trigger finishes, the time is up, the service stops or the caller hangs up, and answers.
 * Resolves as soon as it is known whether to hold.
 * @throws AppError `not_found`, `storage_unavailable`
 */
export type Hold = (guest: Guest) => Promise<void>;

interface Deps {
  readonly store: Pick<TriggerStore, 'find'>;
  readonly waiters: Pick<Waiters, 'join'>;
  readonly clock: Clock;
  readonly insight: Pick<Insight, 'attendance' | 'answers'>;
  /** Aborts when the service stops. */
  readonly draining: AbortSignal;
}

/** Those whose time is up within so long share a timer. */
const tickMs = 100;
/** So many are answered before others have their turn: ten thousand at once would hold everybody up. */
const atOnce = 200;

/**
 * Where callers wait for a trigger to finish. Of ten thousand each weighs, so nothing of the request's handling is
 * kept while its caller is held: neither a promise nor a timer nor Express's own state.
 */
export function createLobby({ store, waiters, clock, insight, draining }: Deps): Hold {
  /** Who is to go by a time, for each of those times. */
  const goingAt = new Map<number, Set<() => void>>();
  const toAnswer: (() => Promise<void>)[] = [];

  function answerSome(): void {
    for (const answer of toAnswer.splice(0, atOnce)) void answer();
    if (toAnswer.length > 0) setImmediate(answerSome);
  }

  function answerLater(answer: () => Promise<void>): void {
    if (toAnswer.push(answer) === 1) setImmediate(answerSome);
  }

  async function tell({ response, place, answer }: Guest, trigger: Finished | null): Promise<void> {
    if (response.closed) {
      note(place, null);
      return;
    }
    const reply = await answer(trigger).catch(problemOf);
    send(response, reply);
    note(place, reply.status);
  }

  const note = ({ id, caller }: Place, status: number | null): void =>
    insight.answers.note(id, caller, status);

  const goBy = (time: number, go: () => void): Set<() => void> =>
    (goingAt.get(time) ?? startTimer(time)).add(go);

  function startTimer(time: number): Set<() => void> {
    const going = new Set<() => void>();
    goingAt.set(time, going);
    void clock.sleep(time - clock.now(), draining).then(() => {
      goingAt.delete(time);
      for (const goNow of going) goNow();
    });
    return going;
  }

  /** @returns lets the guest go, once: whether it was still there */
  function enter(guest: Guest): (trigger: Finished | null | 'hungUp' | 'failed') => boolean {
    let isHere = true;
    const go = (trigger: Finished | null | 'hungUp' | 'failed'): boolean => {
      if (!isHere) return false;
      isHere = false;
      leave();
      going?.delete(goUnanswered);
      insight.attendance.leave(guest.place);
      if (trigger === 'hungUp') note(guest.place, null);
      else if (trigger !== 'failed') answerLater(() => tell(guest, trigger));
      return true;
    };
    const goUnanswered = (): void => void go(null);
    const leave = waiters.join(guest.id, (trigger) => {
      if (isFinishedTrigger(trigger)) go(trigger);
    });
    const time = clock.now() + guest.seconds * 1000;
    const going = draining.aborted ? null : goBy(time - (time % tickMs), goUnanswered);
    guest.response.once('close', () => go('hungUp'));
    return go;
  }

  return async function hold(guest) {
    // Join before reading: a finish in between must not be missed.
    const go = enter(guest);
    try {
      const stored = await store.find(guest.id);
      if (stored === undefined) throw new AppError('not_found', `there is no trigger ${guest.id}`);
      if (isFinishedTrigger(stored.trigger)) go(stored.trigger);
      // While its trigger was looked up the caller may have gone: then nothing will close any more.
      else if (guest.response.closed) go('hungUp');
      else if (draining.aborted) go(null);
      release(guest.response);
    } catch (error) {
      if (go('failed')) throw error;
    }
  };
}

/** What Express keeps of a request that is handled weighs as much as all the rest. */
function release({ req: request }: Response): void {
  request.next = undefined;
}
