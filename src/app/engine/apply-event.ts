import { decide } from '../../domain/trigger/decide.ts';
import { AppError } from '../../domain/error.ts';
import type { Action, TriggerEvent } from '../../domain/trigger/event.ts';
import type { TimedNote } from '../../domain/trigger/history.ts';
import { causeOf, notesOn, readReason } from '../../domain/trigger/history.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { TimelineEntry } from '../../domain/trigger/timeline.ts';
import { changesBetween } from '../../domain/trigger/timeline.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { Progressed } from './log-progress.ts';
import type { TriggerStore } from '../ports/index.ts';
import type { Tracer, RunInContext } from '../ports/tracer.ts';
import { noTracer } from '../ports/tracer.ts';
import type { TriggerNotifier } from './trigger-notifier.ts';

/** Starts the actions of a decision; does not wait for them. */
export type Perform = (id: TriggerId, actions: readonly Action[]) => void;

/**
 * Decides what follows from an event, stores the result, then notifies the waiters and starts the actions.
 * @returns the trigger as stored
 * @throws AppError `not_found`, `storage_unavailable`
 */
export type ApplyEvent = (id: TriggerId, event: TriggerEvent) => Promise<Trigger>;

interface Deps {
  readonly store: Pick<TriggerStore, 'find' | 'commit'>;
  readonly waiters: Pick<TriggerNotifier, 'notify'>;
  readonly perform: Perform;
  readonly here?: Tracer['captureContext'];
  readonly progressed?: Progressed | undefined;
}

interface QueuedEvent {
  readonly event: TriggerEvent;
  /** The trace context of the caller, for the work that follows. */
  readonly within: RunInContext;
  readonly resolve: (trigger: Trigger) => void;
  readonly reject: (error: unknown) => void;
}

/** Events of one trigger are applied in order; those that arrive during a commit share the next one. */
export function createApplyEvent({
  store,
  waiters,
  perform,
  progressed,
  here = noTracer.captureContext,
}: Deps): ApplyEvent {
  const mailboxes = new Map<TriggerId, QueuedEvent[]>();

  async function applyAll(id: TriggerId, events: readonly TriggerEvent[]): Promise<Trigger> {
    const stored = await store.find(id);
    if (stored === undefined) throw new AppError('not_found', `there is no trigger ${id}`);
    const { next, actions, entries, notes } = decideAll(stored.trigger, events);
    if (next !== stored.trigger) {
      const result = await store.commit(next, stored.version, entries, notes);
      // Another process was faster. Deciding is pure, so deciding again costs nothing.
      if (result === 'stale') return applyAll(id, events);
      const last = events.at(-1);
      if (last !== undefined) progressed?.(stored.trigger, next, last);
      waiters.notify(next);
    }
    perform(id, actions);
    return next;
  }

  async function empty(id: TriggerId, mailbox: QueuedEvent[]): Promise<void> {
    for (let [first] = mailbox; first !== undefined; [first] = mailbox) {
      const queue = mailbox.splice(0);
      const events = queue.map(({ event }) => event);
      try {
        const trigger = await first.within(() => applyAll(id, events));
        for (const { resolve } of queue) resolve(trigger);
      } catch (error) {
        for (const { reject } of queue) reject(error);
      }
    }
    mailboxes.delete(id);
  }

  return function applyEvent(id, event) {
    return new Promise((resolve, reject) => {
      const queued = { event, within: here(), resolve, reject };
      const mailbox = mailboxes.get(id);
      if (mailbox !== undefined) {
        mailbox.push(queued);
        return;
      }
      const begun = [queued];
      mailboxes.set(id, begun);
      void empty(id, begun);
    });
  };
}

const withReason = (action: Action, event: TriggerEvent): Action =>
  action.type === 'confirm' ? { ...action, why: readReason(event) } : action;

/** Actions that several events of one commit need are performed once. */
const uniqueByType = (actions: readonly Action[]): readonly Action[] =>
  actions.filter(({ type }, index) => actions.findIndex((other) => other.type === type) === index);

/** Applies several events in order; the timeline records each step. */
function decideAll(trigger: Trigger, events: readonly TriggerEvent[]) {
  let next = trigger;
  const actions: Action[] = [];
  const entries: TimelineEntry[] = [];
  const notes: TimedNote[] = [];
  for (const event of events) {
    const decision = decide(next, event);
    const cause = causeOf(event);
    entries.push(...changesBetween(next, decision.next).map((entry) => ({ ...entry, cause })));
    notes.push(...notesOn(next, decision.next, event));
    actions.push(...decision.actions.map((action) => withReason(action, event)));
    next = decision.next;
  }
  return { next, actions: uniqueByType(actions), entries, notes };
}
