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
export const shortDuration = (ms: number): string => durationIn(ms, { hour: 'h', minute: 'm', second: 's' });

/** In sentences: `8 min 12 s`. */
export const longDuration = (ms: number): string =>
  durationIn(ms, { hour: ' h', minute: ' min', second: ' s' });

/** In estimates: whole minutes from ten minutes on. */
export const roundDuration = (ms: number): string => {
  const minutes = Math.round(ms / 60_000);
  return ms < 600_000 || minutes >= 60 ? longDuration(ms) : `${minutes} min`;
};

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
