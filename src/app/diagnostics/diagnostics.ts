import type { Presence } from './presence.ts';
import { createPresence } from './presence.ts';
import type { ResponseLog } from './response-log.ts';
import { createResponseLog } from './response-log.ts';
import type { HookWatch } from '../project-hooks/hook-watch.ts';
import type { AuditLog, Clock, DeliveryStore, HistoryStore, Log } from '../ports/index.ts';
import type { ShowHistory } from './show-history.ts';
import { createShowHistory } from './show-history.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { isRunning } from '../../domain/trigger/trigger.ts';

/** Information for operators, besides the state of triggers. */
export interface Diagnostics {
  readonly presence: Presence;
  readonly responses: ResponseLog;
  readonly showHistory: ShowHistory;
  readonly hookHealthOf: HookWatch['hookHealthOf'];
}

interface Deps {
  readonly store: {
    readonly history: HistoryStore;
    readonly inbox: DeliveryStore;
    readonly audit: Pick<AuditLog, 'list'>;
  };
  readonly hookWatch: Pick<HookWatch, 'hookHealthOf'>;
  readonly clock: Clock;
  readonly log: Log;
}

export const createDiagnostics = ({ store, hookWatch, clock, log }: Deps): Diagnostics => ({
  presence: createPresence(clock),
  responses: createResponseLog({ store: store.history, clock, log }),
  showHistory: createShowHistory(store),
  hookHealthOf: hookWatch.hookHealthOf,
});

/** Why webhooks for a pending trigger do not arrive, as far as the watch knows; null for no problem. Reads nothing. */
export function hookProblemOf(hookHealthOf: HookWatch['hookHealthOf'], trigger: Trigger): string | null {
  const health = isRunning(trigger) ? hookHealthOf(trigger.request.project) : null;
  return health?.state === 'unhealthy' ? health.findings.map(({ text }) => text).join('; ') : null;
}
