import type { TimelineEntry } from '../../domain/trigger/timeline.ts';
import type { Command } from './command.ts';

/** The longest time that a timer of Node accepts. */
const longestMs = 2 ** 31 - 1;
/** How long a detached command waits for jobs to be played. */
const playMs = 10_000;

/** Ticks when the Python command would have polled the pipeline, since the service does not poll at that rate. */
export interface Ticker {
  readonly see: (entry: TimelineEntry) => void;
  readonly stop: () => void;
}

const standsStill = (status: string): boolean => status === 'manual' || status === 'skipped';

/** The first tick comes with the pipeline, or with the play that it leads to; the others every `-s` seconds. */
export function createTicker({ onManual, sleepSeconds }: Command, tick: () => void): Ticker {
  let first: NodeJS.Timeout | null = null;
  let others: NodeJS.Timeout | null = null;
  let hasPolled = false;

  function look(): void {
    if (first !== null) clearTimeout(first);
    first = null;
    hasPolled = true;
    tick();
  }

  return {
    see: (entry) => {
      if (entry.type === 'played' && !hasPolled) look();
      if (entry.type !== 'status' || others !== null) return;
      others = setInterval(
        () => (first === null ? tick() : undefined),
        Math.min(sleepSeconds * 1000, longestMs),
      );
      if (onManual === 'play' && standsStill(entry.status)) first = setTimeout(look, playMs);
      else look();
    },
    stop: () => {
      if (first !== null) clearTimeout(first);
      if (others !== null) clearInterval(others);
    },
  };
}
