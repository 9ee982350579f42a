import type { TriggerId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { Stored, TriggerStore } from '../ports/index.ts';

/** Open triggers without news since the time, the longest quiet first. */
export type FindQuietTriggers = (since: number) => Promise<readonly Trigger[]>;

/** Keeps what it found: of thousands that stand still, asked for each second, hardly one has changed. */
export function createFindQuietTriggers(
  store: Pick<TriggerStore, 'find' | 'quietVersions'>,
): FindQuietTriggers {
  let known = new Map<TriggerId, Stored>();

  return async function findQuietTriggers(since) {
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
