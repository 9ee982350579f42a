import type { TriggerId } from '../../domain/ids.ts';
import type { Clock } from '../ports/index.ts';

/** The waiting requests of one caller, from one address, for one trigger. */
export interface PresenceGroup {
  readonly caller: string;
  readonly from: string;
  /** How many of them are open. */
  readonly count: number;
  /** Since when there has been at least one, milliseconds since the epoch. */
  readonly since: number;
}

/** Who waits for which trigger, for operators. Only counts are kept: ten thousand callers may wait for one trigger. */
export interface Presence {
  /** Counts one more waiting request. @returns the entry to pass to `leave` */
  enter(id: TriggerId, caller: string, from: string): PresenceEntry;
  leave(entry: PresenceEntry): void;
  /** Counts a caller as waiting while `work` runs, however it ends. @throws what `work` throws */
  withPresence<Result>(
    id: TriggerId,
    waiting: Pick<PresenceGroup, 'caller' | 'from'>,
    work: () => Promise<Result>,
  ): Promise<Result>;
  /** The callers that wait for a trigger, those that have waited longest first. */
  of(id: TriggerId): readonly PresenceGroup[];
}

/** The part that all waiting requests from one address share. */
export interface PresenceEntry {
  readonly id: TriggerId;
  readonly caller: string;
  readonly from: string;
  count: number;
  since: number;
  leftAt: number;
}

/** A caller that waits for hours asks again every minute: after this time without a request it has left. */
const betweenMs = 5_000;

export function createPresence(clock: Pick<Clock, 'now'>): Presence {
  const entriesOf = new Map<TriggerId, Map<string, PresenceEntry>>();
  /** The entries without an open request, in the order in which they were left. */
  const left = new Set<PresenceEntry>();

  function forget(entry: PresenceEntry): void {
    left.delete(entry);
    const entries = entriesOf.get(entry.id);
    entries?.delete(keyOf(entry));
    if (entries?.size === 0) entriesOf.delete(entry.id);
  }

  function forgetLeft(): void {
    for (const entry of left) {
      if (clock.now() - entry.leftAt < betweenMs) return;
      forget(entry);
    }
  }

  function enter(id: TriggerId, caller: string, from: string): PresenceEntry {
    forgetLeft();
    const entries = entriesOf.get(id) ?? new Map<string, PresenceEntry>();
    entriesOf.set(id, entries);
    const known = entries.get(keyOf({ caller, from }));
    const entry = known ?? { id, caller, from, count: 0, since: clock.now(), leftAt: 0 };
    if (known === undefined) entries.set(keyOf(entry), entry);
    left.delete(entry);
    entry.count += 1;
    return entry;
  }

  function leave(entry: PresenceEntry): void {
    entry.count -= 1;
    if (entry.count > 0) return;
    entry.leftAt = clock.now();
    left.add(entry);
  }

  return {
    enter,
    leave,
    async withPresence(id, { caller, from }, work) {
      const entry = enter(id, caller, from);
      try {
        return await work();
      } finally {
        leave(entry);
      }
    },
    of: (id) =>
      [...(entriesOf.get(id)?.values() ?? [])]
        .filter(({ count }) => count > 0)
        .map(({ caller, from, count, since }) => ({ caller, from, count, since }))
        .toSorted((one, other) => one.since - other.since),
  };
}

const keyOf = ({ caller, from }: { readonly caller: string; readonly from: string }): string =>
  `${caller} ${from}`;
