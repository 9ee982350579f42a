import type { TriggerId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { Stored, TriggerStore } from '../ports/index.ts';

/** Open triggers without news since the time, the longest quiet first. */
export type FindQuiet = (since: number) => Promise<readonly Trigger[]>;

/** Keeps what it found: of thousands that stand still, asked for each second, hardly one has changed. */
export function findQuietWith(store: Pick<TriggerStore, 'find' | 'quietVersions'>): FindQuiet {
  let known = new Map<TriggerId, Stored>();

  return async function findQuiet(since) {
    const found = new Map<TriggerId, Stored>();
    for (const { id, version } of await store.quietVersions(since)) {
      const before = known.get(id);
      const stored = before?.version === version ? before : await store.find(id);
      if (stored !== undefined) found.set(id, stored);
    }
    known = found;
    return [...found.values()].map(({ trigger }) => trigger);
  };
}
