import type { CallbackStore } from '../../src/app/ports/index.ts';
import type { Callback, CallbackId } from '../../src/domain/callback.ts';
import type { TriggerId } from '../../src/domain/ids.ts';
import { start } from './triggers.ts';

/** A callback of its own trigger, due since it was made. */
export const aCallback = (name: string, given: Partial<Callback> = {}): Callback => ({
  id: `cbk_${name}` as CallbackId,
  triggerId: `trg_${name}` as TriggerId,
  event: 'outcome',
  origin: 'https://receiver.test',
  state: 'due',
  tries: 0,
  lastStatus: null,
  lastError: null,
  createdAt: start,
  triedSince: null,
  lastTriedAt: null,
  dueAt: start,
  ...given,
});

/** Callbacks in memory; the URL of each is its origin and its id. */
export function createFakeCallbacks(given: readonly Callback[] = []) {
  const rows = new Map(given.map((callback) => [callback.id, callback]));
  const store: CallbackStore & { readonly rows: Map<CallbackId, Callback> } = {
    rows,
    findDue: (now, { limit, except, exceptOrigins }) =>
      Promise.resolve(
        [...rows.values()]
          .filter(({ id, origin }) => !except.includes(id) && !exceptOrigins.includes(origin))
          .filter(({ state, dueAt }) => state === 'due' && dueAt !== null && dueAt <= now)
          .toSorted((one, other) => (one.dueAt ?? 0) - (other.dueAt ?? 0))
          .slice(0, limit),
      ),
    find: (id) => Promise.resolve(rows.get(id)),
    list: () => Promise.resolve({ items: [...rows.values()], nextCursor: null }),
    urlOf: (id) => Promise.resolve(rows.has(id) ? `${rows.get(id)?.origin}/${id}` : null),
    save: (next, before) => {
      const { state, tries } = rows.get(before.id) ?? {};
      if (state !== before.state || tries !== before.tries) return Promise.resolve('stale');
      rows.set(next.id, next);
      return Promise.resolve('saved');
    },
  };
  return store;
}
