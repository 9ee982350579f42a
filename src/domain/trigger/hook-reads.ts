/** How many reads of a trigger webhooks may cause together: the last jobs of a pipeline often end together. */
const mostTogether = 10;

/** How long it takes until one more is allowed; so long at most is the end of a pipeline found late. */
const refillMs = 5_000;

/** When the webhooks of a trigger may cause as many reads again as if they had caused none, in epoch milliseconds. */
export type ReadsSpentUntil = number;

/**
 * Everybody who knows the secret of a project can send webhooks of its pipelines that are a reason to read GitLab: a
 * token bucket bounds the reads. At most one read of a bucket may wait for its turn at a time.
 * @returns how long the read has to wait, at most until the next token
 */
export function takeHookRead(
  spentUntil: ReadsSpentUntil | undefined,
  now: number,
): { readonly spentUntil: ReadsSpentUntil; readonly waitMs: number } {
  const wholeMs = mostTogether * refillMs;
  // The upper bound matters after the time of day was set back.
  const before = Math.min(Math.max(spentUntil ?? now, now), now + wholeMs);
  return { spentUntil: before + refillMs, waitMs: Math.max(before + refillMs - now - wholeMs, 0) };
}
