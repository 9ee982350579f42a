import type { Clock } from '../ports/index.ts';

/** How often GitLab does for one project, in any minute, what it limits apart. Source: GitLab doc/api/project_webhooks.md */
const most = 5;
const periodMs = 60_000;

/** Keeps within a limit of GitLab's. @returns 0: go ahead, it is counted; else how long to wait, in milliseconds */
export type CallQuota = (key: string) => number;

/** @param clock what is counted is forgotten after a minute, so that no minute of GitLab's sees more than five */
export function createCallQuota(clock: Pick<Clock, 'now'>): CallQuota {
  const taken = new Map<string, readonly number[]>();
  return (key) => {
    const now = clock.now();
    const recent = (taken.get(key) ?? []).filter((at) => at > now - periodMs);
    const [oldest] = recent;
    if (oldest !== undefined && recent.length >= most) return oldest + periodMs - now;
    taken.set(key, [...recent, now]);
    return 0;
  };
}
