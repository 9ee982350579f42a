import type { Trigger } from '../../domain/trigger/trigger.ts';
import { isRunning } from '../../domain/trigger/trigger.ts';
import type { HookWatch } from './hook-watch.ts';

/** What keeps payload of a pending trigger from arriving, as far as the watch knows; null for nothing. Reads nothing. */
export function hookProblemOf(hookHealthOf: HookWatch['hookHealthOf'], trigger: Trigger): string | null {
  const health = isRunning(trigger) ? hookHealthOf(trigger.request.project) : null;
  return health?.state === 'unhealthy' ? health.findings.map(({ text }) => text).join('; ') : null;
}
