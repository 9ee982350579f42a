import { randomBytes } from 'node:crypto';
import type { Clock } from '../../app/ports/index.ts';

/** A message that is shown once, on the page after a form. */
export interface Flash {
  readonly variant: 'good' | 'bad';
  readonly text: string;
  /** To be copied now: it is never shown again. */
  readonly secret?: string;
}

/** Kept in memory between a form and the next page, so that a link cannot make a page show a text. */
export interface Flashes {
  /** @returns the id to fetch it by */
  readonly keep: (caller: string, flash: Flash) => string;
  /** Returns it once, to the caller it is meant for. */
  readonly take: (caller: string, name: string) => Flash | null;
}

/** A browser follows the redirect immediately. */
const keptMs = 60_000;
const mostFlashes = 1_000;

export function createFlashes(clock: Pick<Clock, 'now'>): Flashes {
  const kept = new Map<string, { readonly caller: string; readonly flash: Flash; readonly at: number }>();
  return {
    keep(caller, flash) {
      const at = clock.now();
      for (const [name, other] of kept)
        if (at - other.at >= keptMs || kept.size >= mostFlashes) kept.delete(name);
      const name = randomBytes(9).toString('base64url');
      kept.set(name, { caller, flash, at });
      return name;
    },
    take(caller, name) {
      const found = kept.get(name);
      if (found?.caller !== caller) return null;
      kept.delete(name);
      return clock.now() - found.at < keptMs ? found.flash : null;
    },
  };
}
