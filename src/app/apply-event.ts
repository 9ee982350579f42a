import { decide } from '../domain/decide.ts';
import { AppError } from '../domain/error.ts';
import type { Action, TriggerEvent } from '../domain/event.ts';
import type { TriggerId } from '../domain/ids.ts';
import { changesBetween } from '../domain/timeline.ts';
import type { Trigger } from '../domain/trigger.ts';
import type { TriggerStore } from './ports.ts';
import type { Waiters } from './waiters.ts';

/** Starts the work that a decision asks for; does not wait for it. */
export type Perform = (id: TriggerId, actions: readonly Action[]) => void;

/**
 * Decides what an event means for a trigger, stores it, then tells the waiters and starts the work.
 * @throws AppError `not_found`, `storage_unavailable`
 */
export type ApplyEvent = (id: TriggerId, event: TriggerEvent) => Promise<Trigger>;

interface Deps {
  readonly store: Pick<TriggerStore, 'find' | 'commit'>;
  readonly waiters: Pick<Waiters, 'ring'>;
  readonly perform: Perform;
}

export const applyEventWith = ({ store, waiters, perform }: Deps): ApplyEvent =>
  async function applyEvent(id, event) {
    const stored = await store.find(id);
    if (stored === undefined) throw new AppError('not_found', `there is no trigger ${id}`);
    const { next, actions } = decide(stored.trigger, event);
    if (next !== stored.trigger) {
      const result = await store.commit(next, stored.version, changesBetween(stored.trigger, next));
      // Somebody else was faster. Deciding is pure, so deciding again costs nothing.
      if (result === 'stale') return applyEvent(id, event);
      waiters.ring(next);
    }
    perform(id, actions);
    return next;
  };
