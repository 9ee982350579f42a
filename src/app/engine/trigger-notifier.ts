import type { TriggerId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';

/** Called after each stored change of a trigger. */
type Listener = (trigger: Trigger) => void;

/** The subscribers of triggers in this process. A notification says only that the stored trigger should be read again. */
export interface TriggerNotifier {
  /** Calls the listener after every stored change of the trigger, until the returned function is called. */
  subscribe(id: TriggerId, listener: Listener): () => void;
  /** Calls the listener after every stored change of any trigger; these subscribers do not count as waiters. */
  subscribeAll(listener: Listener): () => void;
  notify(trigger: Trigger): void;
  /** Whether any subscriber here follows this trigger. */
  isAwaited(id: TriggerId): boolean;
  /** The number of subscribers of the trigger. */
  count(id: TriggerId): number;
  /** The number of subscribers of all triggers. */
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
