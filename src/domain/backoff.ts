interface Bounds {
  readonly firstMs: number;
  readonly longestMs: number;
}

const usual: Bounds = { firstMs: 500, longestMs: 60_000 };

/**
 * How long to wait before the next attempt: doubling, unless given from half a second to a minute, with up to a fifth of
 * jitter so that many requests are not repeated in one moment; never sooner than the other side asked for.
 * @param attempt how many attempts failed before this one
 * @param random from 0 up to 1
 */
export function backoffMs(
  attempt: number,
  retryAfterMs: number | null,
  random: number,
  { firstMs, longestMs } = usual,
): number {
  const doubled = Math.min(firstMs * 2 ** attempt, longestMs);
  const jittered = doubled * (0.8 + 0.2 * random);
  return Math.ceil(Math.max(jittered, retryAfterMs ?? 0));
}
