import type { Diagnostics } from '../../app/diagnostics/diagnostics.ts';
import type { TriggerStore } from '../../app/ports/index.ts';
import { listVisible } from '../../app/triggers/visible-triggers.ts';
import type { Router } from 'express';
import type { Authenticate } from '../middleware/authenticate.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { readTriggerQuery } from './list-triggers.ts';
import { overviewItem } from '../../api/overview-item.ts';
import { reply } from '../middleware/reply.ts';
import { on, routerOf } from './route.ts';
import { overviewRoute } from './routes/diagnostics.ts';
import { triggerView } from '../../api/trigger-view.ts';
import type { TriggerNotifier } from '../../app/engine/trigger-notifier.ts';

export interface OverviewDeps {
  readonly store: Pick<TriggerStore, 'list'>;
  readonly authenticate: Authenticate;
  readonly waiters: Pick<TriggerNotifier, 'count'>;
  readonly diagnostics: Pick<Diagnostics, 'presence' | 'hookHealthOf'>;
}

/** `GET /v1/overview`: the same pages as `GET /v1/triggers`, with what an operator asks about each trigger. */
export const createOverview = ({ store, authenticate, waiters, diagnostics }: OverviewDeps): Router => {
  const show = reply(async (request) => {
    const caller = await callerOf(request, authenticate);
    const { items, nextCursor } = await listVisible(store, caller, readTriggerQuery(request));
    const views = items.map((trigger) =>
      overviewItem(caller, trigger, triggerView(trigger, waiters.count(trigger.id)), diagnostics),
    );
    return { status: 200, body: { items: views, nextCursor } };
  });
  return routerOf([on(overviewRoute, show)]);
};
