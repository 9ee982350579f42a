import { outstanding } from './decide.ts';
import { mayPlay } from './manual-rules.ts';
import type { RunningTrigger, Trigger } from './trigger.ts';
import { isRunning } from './trigger.ts';

/** However long a pipeline stands still. */
export const maxPollIntervalMs = 300_000;

/**
 * How long after its latest payload a pipeline may be left alone. One that stands still is given a quarter of the time
 * for which it has stood, up to five minutes, but only while hooks are seen to work for it: its latest change must
 * have come by one. A change that only a look found, or that we made ourselves, has it looked at as often as ever.
 * @param quietMs how long any pipeline may be left alone
 */
export function pollIntervalMs({ observedAt, updatedAt, lastHookAt }: Trigger, quietMs: number): number {
  if (lastHookAt !== updatedAt) return quietMs;
  return Math.max(quietMs, Math.min((observedAt - updatedAt) / 4, maxPollIntervalMs));
}

/** Whether a status without jobs says all that there is to know while the pipeline is alive: nothing is to be played. */
export const isFollowedByStatus = (trigger: Trigger): trigger is RunningTrigger =>
  isRunning(trigger) &&
  !mayPlay(trigger.request) &&
  outstanding(trigger).every(({ type }) => type === 'confirm');
