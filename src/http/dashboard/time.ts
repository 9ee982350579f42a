import type { Html } from './html.ts';
import { html } from './html.ts';

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** From the largest: a time is shown in the first one that fits. */
const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** `now`, `5 minutes ago`, `in 23 hours`. */
export function relativeTime(at: number, now: number): string {
  const distance = at - now;
  const [unit, ms] = units.find(([, size]) => Math.abs(distance) >= size) ?? (['second', 1000] as const);
  return relative.format(Math.trunc(distance / ms), unit);
}

const isoOf = (at: number): string => new Date(at).toISOString();

/** To the second, in UTC: the browser replaces it by the reader's own zone and format. */
const absoluteTime = (at: number): string => `${isoOf(at).slice(0, 19).replace('T', ' ')} UTC`;

/** A time relative to now; its tooltip has the exact time. */
export const timeAgo = (at: number, now: number): Html =>
  html`<time datetime="${isoOf(at)}" title="${absoluteTime(at)}">${relativeTime(at, now)}</time>`;
