import type { Caller } from '../../domain/access/caller.ts';
import { maySee } from '../../domain/access/caller.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { TriggerNotifier } from '../engine/trigger-notifier.ts';
import type { ChangedTriggers, TriggerStore } from '../ports/index.ts';

/** A trigger that has changed, as it is now. */
export interface FeedItem {
  readonly trigger: Trigger;
  /** The newest line of its timeline; null where it has changed without one, as when a call to GitLab fails. */
  readonly sequence: number | null;
}

/** The triggers that a caller may see, as they change: for one reader, at its own pace. */
export interface TriggerFeed {
  /** Calls the wake when there may be something to read. @returns how to leave */
  readonly subscribe: (wake: () => void) => () => void;
  /** What has changed since the last call, a few triggers at a time. @throws AppError `storage_unavailable` */
  readonly next: () => Promise<{ readonly items: readonly FeedItem[]; readonly isMore: boolean }>;
  /** Every line of the timelines up to here was read; null before the first call. */
  readonly position: () => number | null;
}

interface Deps {
  readonly store: Pick<TriggerStore, 'find' | 'lastSequence' | 'changedAfter'>;
  readonly waiters: Pick<TriggerNotifier, 'subscribeAll'>;
}

/** A trigger with 20,000 jobs weighs megabytes. */
const mostItems = 20;
/** Of a slow reader so many changed triggers are remembered; what a timeline has of the others is read all the same. */
const mostChanged = 1_000;

/**
 * Follows a position in the order of what is stored, which loses nothing, and reads what it has to give from the store:
 * a reader may be as slow as it likes, and go on where it broke off, at another process too. Changes without a line of
 * the timeline are given as well while the reader is there.
 * @param lastSeen the line to go on after; null: from now on
 */
export function createTriggerFeed(
  { store, waiters }: Deps,
  caller: Caller,
  lastSeen: number | null,
): TriggerFeed {
  const changed = new Set<TriggerId>();
  let position: number | null = null;
  /** What was read of the timelines and not given yet, and where that ends. */
  let page: ChangedTriggers = { changes: [], reached: 0, isMore: false };

  /** A position from before a backup was restored may be ahead of all there is. */
  async function begin(): Promise<number> {
    const newest = await store.lastSequence();
    return lastSeen === null ? newest : Math.min(lastSeen, newest);
  }

  async function load(changes: readonly { id: TriggerId; sequence: number | null }[]) {
    // Before it is read: a change that comes meanwhile is one more.
    for (const { id } of changes) changed.delete(id);
    const all = await Promise.all(
      changes.map(async ({ id, sequence }) => ({ trigger: (await store.find(id))?.trigger, sequence })),
    );
    return all.flatMap(({ trigger, sequence }): FeedItem[] =>
      trigger !== undefined && maySee(caller, trigger) ? [{ trigger, sequence }] : [],
    );
  }

  return {
    subscribe: (wake) =>
      waiters.subscribeAll((trigger) => {
        if (!maySee(caller, trigger)) return;
        if (changed.size < mostChanged) changed.add(trigger.id);
        wake();
      }),

    position: () => position,

    async next() {
      position ??= await begin();
      if (page.changes.length === 0) page = await store.changedAfter(position);
      const { changes, reached, isMore } = page;
      const given = changes.slice(0, mostItems);
      const items = await load(given);
      page = { changes: changes.slice(mostItems), reached, isMore };
      if (page.changes.length > 0) {
        position = given.at(-1)?.sequence ?? position;
        return { items, isMore: true };
      }
      position = reached;
      if (isMore) return { items, isMore };
      const others = [...changed].slice(0, mostItems - given.length).map((id) => ({ id, sequence: null }));
      return { items: [...items, ...(await load(others))], isMore: changed.size > 0 };
    },
  };
}
