import { hookProblemOf } from '../../app/diagnostics/diagnostics.ts';
import type { Diagnostics } from '../../app/diagnostics/diagnostics.ts';
import type { Clock } from '../../app/ports/index.ts';
import type { TriggerNotifier } from '../../app/engine/trigger-notifier.ts';
import type { Caller } from '../../domain/access/caller.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { isFinished } from '../../domain/trigger/trigger.ts';
import { filtersOf, isAskedFor, isInState } from './filters.ts';
import type { Source, LiveEvent } from './live.ts';
import { triggerWord } from './badges.ts';
import { triggerRow } from './trigger-row.ts';
import type { PageRequest } from './authenticate-page.ts';

interface Deps {
  readonly diagnostics: Pick<Diagnostics, 'hookHealthOf'>;
  readonly waiters: Pick<TriggerNotifier, 'subscribe' | 'subscribeAll' | 'count'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** If more rows change together, the browser reloads the whole page. */
const mostRows = 100;

/**
 * The changes of all triggers of a list, row by row. A notification carries the stored trigger, so the service does not
 * read the database.
 */
export function listSource({ diagnostics, waiters, clock }: Deps, { request, caller }: PageRequest): Source {
  const filters = filtersOf(request);
  const changed = new Map<TriggerId, Trigger>();
  let isTooMuch = false;
  let concernsReader = false;

  const rowEvent = (trigger: Trigger): LiveEvent => ({
    type: 'part',
    id: `row-${trigger.id}`,
    html: triggerRow(
      trigger,
      { waiters: waiters.count(trigger.id), hookProblem: hookProblemOf(diagnostics.hookHealthOf, trigger) },
      clock.now(),
    ).toString(),
    isNew: filters.cursor === null && isInState(trigger, filters),
    isOver: !isInState(trigger, filters),
    announce: isFinished(trigger)
      ? `${trigger.request.project} ${trigger.request.ref}: ${triggerWord(trigger)}`
      : null,
  });

  return {
    join: (wake) =>
      waiters.subscribeAll((trigger) => {
        if (!isAskedFor(trigger, caller, filters)) return;
        changed.set(trigger.id, trigger);
        concernsReader ||= isWorkOf(caller, trigger);
        if (changed.size > mostRows) {
          changed.clear();
          isTooMuch = true;
        }
        wake();
      }),
    take() {
      const rows = isTooMuch ? [] : [...changed.values()].map(rowEvent);
      const all: readonly LiveEvent[] = isTooMuch || concernsReader ? [...rows, { type: 'stale' }] : rows;
      changed.clear();
      isTooMuch = false;
      concernsReader = false;
      return all;
    },
  };
}

/** Whether a person's page may have it on top of the list, or no longer: then the page is read again. */
const isWorkOf = ({ person }: Caller, { heldJobs = [], startedBy }: Trigger): boolean =>
  person !== undefined && (heldJobs.length > 0 || startedBy?.userId === person.userId);

/** Reports that one trigger has changed. */
export function triggerSource({ waiters }: Pick<Deps, 'waiters'>, id: TriggerId): Source {
  let hasChanged = false;
  return {
    join: (wake) =>
      waiters.subscribeAll((trigger) => {
        if (trigger.id !== id) return;
        hasChanged = true;
        wake();
      }),
    take() {
      const events: readonly LiveEvent[] = hasChanged ? [{ type: 'stale' }] : [];
      hasChanged = false;
      return events;
    },
  };
}
