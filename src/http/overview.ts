import type { Insight } from '../app/insight.ts';
import type { TriggerStore } from '../app/ports.ts';
import { listVisible } from '../app/visible-triggers.ts';
import type { Router } from 'express';
import type { Authenticate } from './authenticate.ts';
import { callerOf } from './authenticate.ts';
import { readTriggerQuery } from './list-triggers.ts';
import { overviewItem } from './overview-item.ts';
import { reply } from './reply.ts';
import { on, routerOf } from './route.ts';
import { overviewRoute } from './routes/insight.ts';
import { triggerView } from './trigger-view.ts';
import type { Waiters } from '../app/waiters.ts';

export interface OverviewDeps {
  readonly store: Pick<TriggerStore, 'list'>;
  readonly authenticate: Authenticate;
  readonly waiters: Pick<Waiters, 'count'>;
  readonly insight: Pick<Insight, 'attendance' | 'hookHealthOf'>;
}

/** `GET /v1/overview`: the same pages as `GET /v1/triggers`, with what an operator asks about each trigger. */
export const createOverview = ({ store, authenticate, waiters, insight }: OverviewDeps): Router => {
  const show = reply(async (request) => {
    const caller = await callerOf(request, authenticate);
    const { items, nextCursor } = await listVisible(store, caller, readTriggerQuery(request));
    const views = items.map((trigger) =>
      overviewItem(caller, trigger, triggerView(trigger, waiters.count(trigger.id)), insight),
    );
    return { status: 200, body: { items: views, nextCursor } };
  });
  return routerOf([on(overviewRoute, show)]);
};
