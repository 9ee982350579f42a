import type { HookSettings } from '../scenario.ts';
import type { EventKind } from './headers.ts';

/** One delivery that was attempted, as the hook's event log keeps it. */
export type HookEvent = {
  readonly id: number;
  readonly trigger: EventKind;
  readonly url: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly body: string;
  readonly responseStatus: number | 'internal error';
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly responseBody: string;
  readonly durationMs: number;
  readonly createdAt: number;
};

export type Hook = {
  readonly id: number;
  /** Null for the hook of a group. */
  readonly projectId: number | null;
  /** Full path of the group whose hook it is. */
  readonly groupPath: string | null;
  readonly createdAt: number;
  settings: HookSettings;
  recentFailures: number;
  disabledUntil: number | null;
  /** Newest last. */
  readonly events: HookEvent[];
};

export type AlertStatus = 'executable' | 'temporarily_disabled' | 'disabled';

/** The first three failures in a row are free. Source: GitLab app/models/concerns/web_hooks/auto_disabling.rb */
const failuresBeforeBackOff = 3;
/** The 40th failure in a row disables the hook for good. */
const failuresBeforeDisabled = 39;
const firstBackOffMs = 60_000;
const longestBackOffMs = 24 * 60 * 60 * 1000;

/** Whether GitLab delivers to the hook at this time. */
export function alertStatus(hook: Hook, now: number): AlertStatus {
  if (hook.recentFailures > failuresBeforeDisabled) return 'disabled';
  return hook.disabledUntil !== null && hook.disabledUntil > now ? 'temporarily_disabled' : 'executable';
}

/** Counts the outcome of a delivery: one success forgets all failures, the 4th failure begins the back-off. */
export function countOutcome(hook: Hook, delivered: boolean, now: number): void {
  if (delivered) {
    hook.recentFailures = 0;
    hook.disabledUntil = null;
    return;
  }
  hook.recentFailures += 1;
  const backOffs = hook.recentFailures - failuresBeforeBackOff;
  if (backOffs <= 0) return;
  // 1, 2, 4 … 1024 minutes, then a day each time.
  const backOffMs = backOffs > 11 ? longestBackOffMs : firstBackOffMs * 2 ** (backOffs - 1);
  hook.disabledUntil = now + backOffMs;
}
