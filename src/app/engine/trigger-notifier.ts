import type { TriggerId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';

/** A changes: what a waiter does when its trigger changes. */
type Listener = (trigger: Trigger) => void;

/** Who waits for which trigger in this process. The store is the truth; a waiter only hears when to look. */
export interface TriggerNotifier {
  /** Calls the listener at every stored change until the returned function is called. */
  subscribe(id: TriggerId, listener: Listener): () => void;
  /** Calls the listener at every stored change of any trigger, for those who look on: they count as nobody's waiters. */
  subscribeAll(listener: Listener): () => void;
  notify(trigger: Trigger): void;
  /** Whether a change of this trigger is of interest to anybody here. */
  isAwaited(id: TriggerId): boolean;
  /** How many wait for the trigger. */
  count(id: TriggerId): number;
  /** How many wait in all. */
  total(): number;
}

export function createTriggerNotifier(): TriggerNotifier {
  const listenersOf = new Map<TriggerId, Set<Listener>>();
  const allListeners = new Set<Listener>();
  return {
    subscribe(id, listener) {
      const listeners = listenersOf.get(id) ?? new Set<Listener>();
      listenersOf.set(id, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && listenersOf.get(id) === listeners) listenersOf.delete(id);
      };
    },
    subscribeAll(listener) {
      allListeners.add(listener);
      return () => void allListeners.delete(listener);
    },
    notify(trigger) {
      for (const listener of [...(listenersOf.get(trigger.id) ?? []), ...allListeners]) listener(trigger);
    },
    isAwaited: (id) => allListeners.size > 0 || listenersOf.has(id),
    count: (id) => listenersOf.get(id)?.size ?? 0,
    total: () => [...listenersOf.values()].reduce((sum, { size }) => sum + size, 0),
  };
}
