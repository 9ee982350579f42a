/** `2016-08-12 15:23:28 UTC` and `2021-04-28 21:50:00 +0200`, as GitLab's hooks write times. */
const spaced = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d+)?) (UTC|[+-]\d{2}:?\d{2})$/;

/**
 * A time in a hook in any of GitLab's forms, ISO 8601 among them.
 * @returns milliseconds since the epoch; null for none, or one that cannot be read
 */
export function readDate(text: string | null | undefined): number | null {
  if (text == null) return null;
  const [, date, time, zone] = spaced.exec(text) ?? [];
  const iso = date === undefined ? text : `${date}T${time ?? ''}${isoZone(zone ?? 'UTC')}`;
  const ms = Date.parse(iso);
  return Number.isNaN(ms) ? null : ms;
}

const isoZone = (zone: string): string =>
  zone === 'UTC' ? 'Z' : zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
