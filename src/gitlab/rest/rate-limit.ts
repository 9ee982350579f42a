import { retryAfterMs } from '../../domain/http.ts';
import { createLruMap } from '../../domain/lru-map.ts';
import type { GitLabAccess } from '../../app/ports/index.ts';

/** The state of GitLab's rate limit for one instance and token. */
export interface RateLimit {
  /** Records an answer's status and headers. */
  note(status: number, headers: Readonly<Record<string, string>>, now: number): void;
  /** How long to send no request. */
  waitMs(now: number): number;
  /** How long to send no request that can wait. */
  pauseMs(now: number): number;
}

/** GitLab sends some 429 without a time. */
const unsaidMs = 10_000;
/** GitLab's longest window, unless an administrator has set another one: no limit lasts longer. */
const longestMs = 3_600_000;

/**
 * The limit of calls that GitLab counts separately: after a 429 without headers only they wait. Headers about all
 * requests apply to all.
 */
export function createLimitBeside(shared: RateLimit): RateLimit {
  const own = createRateLimit();
  return {
    note: (status, headers, now) => {
      const isSilent = status === 429 && headers['retry-after'] === undefined;
      (isSilent ? own : shared).note(status, headers, now);
    },
    waitMs: (now) => Math.max(own.waitMs(now), shared.waitMs(now)),
    pauseMs: (now) => shared.pauseMs(now),
  };
}

/** Below this share of the limit, requests that can wait are slowed down. */
const lowShare = 1 / 4;

type Headers = Readonly<Record<string, string>>;

/**
 * Obeys `Retry-After`, and stops before the limit is exceeded when `RateLimit-Remaining` is zero. `RateLimit-Reset` is
 * in seconds since the epoch of GitLab's clock, so it is compared with the `Date` of the same answer: our clock may be
 * an hour off. Source: GitLab docs, user and IP rate limits.
 */
export function createRateLimit(): RateLimit {
  let until = 0;
  let unhurriedUntil = 0;
  return {
    note(status, headers, now) {
      const resetMs = untilReset(headers);
      until = Math.max(until, now + Math.min(pauseAfter(status, headers, resetMs, now), longestMs));
      unhurriedUntil = now + Math.min(spacingMs(headers, resetMs ?? 0), longestMs);
    },
    waitMs: (now) => Math.max(until - now, 0),
    pauseMs: (now) => Math.max(until - now, unhurriedUntil - now, 0),
  };
}

/** GitLab's explicit time takes precedence over a computed one. */
function pauseAfter(status: number, headers: Headers, resetMs: number | null, now: number): number {
  const asked = retryAfterMs(headers, now);
  if (asked !== null) return asked;
  const isUsedUp = headers['ratelimit-remaining'] === '0' && Number(headers['ratelimit-reset']) > 0;
  if (isUsedUp && resetMs !== 0) return resetMs ?? unsaidMs;
  return status === 429 ? unsaidMs : 0;
}

/** How long after its answer GitLab's limit is reset; null where the answer has no `Date`. */
function untilReset(headers: Headers): number | null {
  const [resetAt, date] = [Number(headers['ratelimit-reset']) * 1000, Date.parse(headers['date'] ?? '')];
  return Number.isNaN(resetAt) || Number.isNaN(date) ? null : Math.max(resetAt - date, 0);
}

/** Once little remains, requests that can wait get half of it, evenly until the reset. */
function spacingMs(headers: Headers, resetMs: number): number {
  const [limit, remaining] = [Number(headers['ratelimit-limit']), Number(headers['ratelimit-remaining'])];
  const isLow = remaining < limit * lowShare && resetMs > 0;
  return isLow ? Math.min((2 * resetMs) / remaining, resetMs) : 0;
}

/** How many are kept: callers may bring tokens of their own. */
const remembered = 1_000;

export type RateLimits = (key: string) => RateLimit;

/** The key of a rate limit: each GitLab and token has its own. */
export const limitKey = ({ url, apiToken, triggerToken }: GitLabAccess): string =>
  `${url} ${apiToken ?? triggerToken ?? ''}`;

/** The rate limit of each instance and token; the most recently used ones are kept. */
export function createRateLimits(): RateLimits {
  const limits = createLruMap<string, RateLimit>(remembered);
  return function rateLimitFor(key) {
    const limit = limits.get(key) ?? createRateLimit();
    limits.set(key, limit);
    return limit;
  };
}
