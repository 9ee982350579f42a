import type { RequestHandler } from 'express';
import type { Diagnostics } from '../../app/diagnostics/diagnostics.ts';
import type { HistoryEntry } from '../../app/diagnostics/show-history.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { FindTrigger } from './find-trigger.ts';
import type { HistoryEntryView, HistoryView, DifferenceView } from '../../api/diagnostics-views.ts';
import { overviewItem } from '../../api/overview-item.ts';
import { reply } from '../middleware/reply.ts';
import type { TriggerView } from '../../api/trigger-view.ts';
import { isoOf } from '../../api/time.ts';
import type { Compare } from '../../app/triggers/compare.ts';
import { maySteer, steerRefusal } from '../../domain/access/caller.ts';
import { AppError } from '../../domain/error.ts';
import { pipelineOf } from '../../domain/trigger/trigger.ts';

interface HistoryDeps {
  readonly find: FindTrigger;
  readonly diagnostics: Diagnostics;
  readonly view: (trigger: Trigger) => TriggerView;
}

const entryView = ({ at, until, ...entry }: HistoryEntry): HistoryEntryView => ({
  at: isoOf(at),
  until: until === null ? null : isoOf(until),
  ...entry,
});

/** `GET /v1/triggers/{id}/history`: the state of a trigger, its waiting callers, and what happened to it. */
export const showHistory = ({ find, diagnostics, view }: HistoryDeps): RequestHandler =>
  reply(async (request) => {
    const { caller, trigger } = await find(request);
    const entries = await diagnostics.showHistory(trigger, { withAddresses: caller.role === 'admin' });
    const item = overviewItem(caller, trigger, view(trigger), diagnostics);
    const body: HistoryView = { ...item, entries: entries.map(entryView) };
    return { status: 200, body };
  });

interface DifferenceDeps {
  readonly find: FindTrigger;
  readonly compare: Compare;
}

/** `GET /v1/triggers/{id}/difference`: what `/reconcile` would change. It reads GitLab, so it has the same rights. */
export const showDifference = ({ find, compare }: DifferenceDeps): RequestHandler =>
  reply(async (request) => {
    const { id, caller, trigger } = await find(request);
    if (!maySteer(caller, trigger)) throw new AppError('forbidden', steerRefusal(caller));
    const { project, ref } = trigger.request;
    const pipelineId = pipelineOf(trigger)?.id ?? null;
    const { changes, actions, ...difference } = await compare(trigger);
    const body: DifferenceView = {
      id,
      project,
      ref,
      pipelineId,
      ...difference,
      changes: [...changes],
      actions: [...actions],
    };
    return { status: 200, body };
  });
