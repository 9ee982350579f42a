const firstMs = 500;
const longestMs = 60_000;

/**
 * How long to wait before the next attempt: doubling from half a second to a minute, with up to a fifth of jitter so
 * that many requests are not repeated in one moment; never sooner than GitLab asked for.
 * @param attempt how many attempts failed before this one
 */
export function backoffMs(attempt: number, retryAfterMs: number | null, random = Math.random): number {
  const doubled = Math.min(firstMs * 2 ** attempt, longestMs);
  const jittered = doubled * (0.8 + 0.2 * random());
  return Math.ceil(Math.max(jittered, retryAfterMs ?? 0));
}
