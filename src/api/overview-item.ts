import type { PresenceGroup } from '../app/diagnostics/presence.ts';
import { hookProblemOf } from '../app/diagnostics/diagnostics.ts';
import type { Diagnostics } from '../app/diagnostics/diagnostics.ts';
import type { Caller } from '../domain/access/caller.ts';
import { jobsOfFamily } from '../domain/trigger/family.ts';
import { jobsUnderWay } from '../domain/trigger/job.ts';
import type { Trigger } from '../domain/trigger/trigger.ts';
import { isRunning } from '../domain/trigger/trigger.ts';
import type { OverviewItem } from './diagnostics-views.ts';
import type { TriggerView } from './trigger-view.ts';
import { isoOf } from './time.ts';

/** Addresses are shown to admins only. */
const waitingView = ({ role }: Caller, { caller, from, count, since }: PresenceGroup) => ({
  caller,
  from: role === 'admin' ? from : null,
  count,
  since: isoOf(since),
});

/** On a page of 200 triggers that each may have thousands of jobs. */
const mostCurrentJobs = 20;

/** A trigger with its details for operators: its current jobs, the waiting callers, its last update. */
export const overviewItem = (
  caller: Caller,
  trigger: Trigger,
  view: TriggerView,
  { presence, hookHealthOf }: Pick<Diagnostics, 'presence' | 'hookHealthOf'>,
): OverviewItem => ({
  ...view,
  caller: trigger.caller,
  lastUpdateAt: isoOf(trigger.observedAt),
  jobs: (isRunning(trigger) ? jobsUnderWay(jobsOfFamily(trigger)) : [])
    .slice(0, mostCurrentJobs)
    .map(({ id, name, stage, status, webUrl }) => ({
      id,
      name,
      stage,
      status,
      webUrl,
    })),
  hookProblem: hookProblemOf(hookHealthOf, trigger),
  waiting: presence.of(trigger.id).map((group) => waitingView(caller, group)),
});
