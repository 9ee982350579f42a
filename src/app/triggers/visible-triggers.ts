import type { Caller } from '../../domain/access/caller.ts';
import { maySee } from '../../domain/access/caller.ts';
import { AppError } from '../../domain/error.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { Page, TriggerQuery, TriggerStore } from '../ports/index.ts';

/** The filters of a list. */
export type VisibleQuery = Omit<TriggerQuery, 'caller'>;

/** Most triggers may be hidden from a key that is limited to few projects: so many pages are read for one answer. */
const mostPages = 10;
/** For a person, about so many projects GitLab is asked for one answer; the next page goes on from there. */
const mostAsked = 50;

/** The triggers that a caller may see, newest first. @throws AppError `invalid` for an unknown cursor */
export const listVisible = (
  store: Pick<TriggerStore, 'list'>,
  caller: Caller,
  query: VisibleQuery,
): Promise<Page<Trigger>> =>
  visiblePage(store, caller, { ...query, caller: caller.role === 'trigger' ? caller.id : null }, mostPages);

async function visiblePage(
  store: Pick<TriggerStore, 'list'>,
  caller: Caller,
  query: TriggerQuery,
  pages: number,
  asked = 0,
): Promise<Page<Trigger>> {
  const { items, nextCursor } = await store.list(query);
  const nowAsked = asked + ((await caller.person?.learn(items)) ?? 0);
  const visible = items.filter((trigger) => maySee(caller, trigger));
  if (visible.length > 0 || nextCursor === null || pages === 1 || nowAsked >= mostAsked)
    return { items: visible, nextCursor };
  return visiblePage(store, caller, { ...query, cursor: nextCursor }, pages - 1, nowAsked);
}

/** @throws AppError `not_found` for an unknown trigger and for another caller's; `pruned` */
export async function findVisible(
  store: Pick<TriggerStore, 'find' | 'wasPruned'>,
  caller: Caller,
  id: TriggerId,
): Promise<Trigger> {
  const stored = await store.find(id);
  if (stored !== undefined) await caller.person?.learn([stored.trigger]);
  if (stored !== undefined && maySee(caller, stored.trigger)) return stored.trigger;
  if (stored === undefined && (await store.wasPruned(id)))
    throw new AppError('pruned', 'this trigger finished long ago and is no longer kept');
  throw new AppError('not_found', 'there is no such trigger');
}
