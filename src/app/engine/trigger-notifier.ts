import type { TriggerId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';

/** A doorbell: what a waiter does when its trigger changes. */
type Bell = (trigger: Trigger) => void;

/** Who waits for which trigger in this process. The store is the truth; a waiter only hears when to look. */
export interface Waiters {
  /** Calls the bell at every stored change until the returned function is called. */
  join(id: TriggerId, bell: Bell): () => void;
  /** Calls the bell at every stored change of any trigger, for those who look on: they count as nobody's waiters. */
  watch(bell: Bell): () => void;
  ring(trigger: Trigger): void;
  /** Those that somebody waits for. */
  ids(): readonly TriggerId[];
  /** How many wait for the trigger. */
  count(id: TriggerId): number;
  /** How many wait in all. */
  total(): number;
}

export function createWaiters(): Waiters {
  const bellsOf = new Map<TriggerId, Set<Bell>>();
  const onlookers = new Set<Bell>();
  return {
    join(id, bell) {
      const bells = bellsOf.get(id) ?? new Set<Bell>();
      bellsOf.set(id, bells.add(bell));
      return () => {
        bells.delete(bell);
        if (bells.size === 0 && bellsOf.get(id) === bells) bellsOf.delete(id);
      };
    },
    watch(bell) {
      onlookers.add(bell);
      return () => void onlookers.delete(bell);
    },
    ring(trigger) {
      for (const bell of [...(bellsOf.get(trigger.id) ?? []), ...onlookers]) bell(trigger);
    },
    ids: () => [...bellsOf.keys()],
    count: (id) => bellsOf.get(id)?.size ?? 0,
    total: () => [...bellsOf.values()].reduce((sum, { size }) => sum + size, 0),
  };
}
