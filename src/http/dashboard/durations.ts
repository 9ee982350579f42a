import type { Html } from './html.ts';
import { html } from './html.ts';

interface Words {
  readonly hour: string;
  readonly minute: string;
  readonly second: string;
}

const two = (part: number): string => String(part).padStart(2, '0');

/** At most two units: nobody compares the seconds of hours. */
function durationIn(ms: number, { hour, minute, second }: Words): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (hours > 0) return `${hours}${hour} ${two(minutes)}${minute}`;
  return minutes > 0 ? `${minutes}${minute} ${two(rest)}${second}` : `${rest}${second}`;
}

/** In columns: `8m 12s`. */
const shortDuration = (ms: number): string => durationIn(ms, { hour: 'h', minute: 'm', second: 's' });

/** How long something took, or has taken so far: then a script lets it tick. */
export function duration(since: number, until: number | null, now: number, more = ''): Html {
  const text = shortDuration((until ?? now) - since);
  return until === null
    ? html`<time
        class="n ${more}"
        datetime="PT${Math.max(0, Math.floor((now - since) / 1000))}S"
        data-since="${new Date(since).toISOString()}"
        >${text}</time
      >`
    : html`<span class="n ${more}">${text}</span>`;
}
