import { outstanding } from './decide.ts';
import { hasUnreadBridgesForLong } from './child-reads.ts';
import { mayPlay } from './manual-rules.ts';
import type { RunningTrigger, Trigger } from './trigger.ts';
import { isRunning } from './trigger.ts';

/** The longest interval, however long a pipeline is idle. */
export const maxPollIntervalMs = 300_000;

/**
 * How long after its latest update a pipeline is polled. For an idle pipeline this is a quarter of the time for which it
 * has been idle, up to five minutes, but only while its webhooks are known to arrive: its latest change must have been
 * reported by one. After a change that only a poll found, or that the service made, it is polled at the full rate.
 * @param quietMs the interval at the full rate
 */
export function pollIntervalMs({ observedAt, updatedAt, lastHookAt }: Trigger, quietMs: number): number {
  if (lastHookAt !== updatedAt) return quietMs;
  return Math.max(quietMs, Math.min((observedAt - updatedAt) / 4, maxPollIntervalMs));
}

/**
 * Whether the status alone is enough while the pipeline is alive, without its jobs: no job is to be played, and no child
 * pipeline is to be followed.
 */
export const isFollowedByStatus = (trigger: Trigger, quietMs: number): trigger is RunningTrigger =>
  isRunning(trigger) &&
  (trigger.bridges === undefined || trigger.bridges === 'none') &&
  !hasUnreadBridgesForLong(trigger, quietMs) &&
  !mayPlay(trigger.request) &&
  outstanding(trigger).every(({ type }) => type === 'confirm');
