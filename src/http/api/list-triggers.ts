import type { RequestHandler } from 'express';
import { overviewItem } from '../../api/overview-item.ts';
import type { Diagnostics } from '../../app/diagnostics/diagnostics.ts';
import type { TriggerStore } from '../../app/ports/index.ts';
import { listVisible } from '../../app/triggers/visible-triggers.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { Authenticate } from '../middleware/authenticate.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { createTurns } from '../middleware/turns.ts';
import { readQuery } from './query.ts';
import { reply } from '../middleware/reply.ts';
import { listTriggersRoute } from './routes/triggers.ts';
import type { TriggerView } from '../../api/trigger-view.ts';

interface Deps {
  readonly store: Pick<TriggerStore, 'list'>;
  readonly authenticate: Authenticate;
  readonly diagnostics: Pick<Diagnostics, 'presence' | 'hookHealthOf'>;
  readonly view: (trigger: Trigger) => TriggerView;
}

/** `GET /v1/triggers`: the triggers that the caller may see, newest first. */
export function listTriggers({ store, authenticate, diagnostics, view }: Deps): RequestHandler {
  // To read and show a page takes up to 10 ms of processor time; requests often arrive together.
  const turn = createTurns();
  return reply(async (request) => {
    const caller = await callerOf(request, authenticate);
    const {
      view: form,
      state,
      project = null,
      ref = null,
      id: idPrefix,
      limit,
      cursor = null,
    } = readQuery(request, listTriggersRoute.query);
    await turn();
    const { items, nextCursor } = await listVisible(store, caller, {
      ...{ state, project, ref, idPrefix, limit, cursor },
    });
    const show = (trigger: Trigger): TriggerView =>
      form === 'overview' ? overviewItem(caller, trigger, view(trigger), diagnostics) : view(trigger);
    return { status: 200, body: { items: items.map(show), nextCursor } };
  });
}
