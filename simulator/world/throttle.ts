const minuteMs = 60_000;

/** Counts one more under a key; true when that is more than the limit allows in this minute. */
export type Throttle = (key: string, limit: number | null) => boolean;

/** Counts in minutes of the clock. Source: GitLab lib/gitlab/application_rate_limiter.rb */
export function createThrottle(now: () => number): Throttle {
  let minute = 0;
  const counts = new Map<string, number>();
  return function isThrottled(key, limit) {
    const current = Math.floor(now() / minuteMs);
    if (current !== minute) counts.clear();
    minute = current;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return limit !== null && count > limit;
  };
}
