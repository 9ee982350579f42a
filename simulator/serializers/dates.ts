/** `2026-01-31T12:00:00.000Z`, as the API writes times. */
export function isoDate(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** `2026-01-31 12:00:00 UTC`, as hooks write times. */
export function hookDate(ms: number | null): string | null {
  return ms === null
    ? null
    : new Date(ms)
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z$/, ' UTC');
}

/** `2026-01-31T12:00:00Z`, in the `*_iso` members that GitLab 19 added to Job Hooks. */
export function isoSecond(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Seconds between two times, or null while one of them is open. */
export function secondsBetween(from: number | null, to: number | null): number | null {
  return from === null || to === null ? null : (to - from) / 1000;
}
