import type { Clock, Log } from '../../app/ports/index.ts';

/** The minimum time between two log lines with the same reason. */
const quietMs = 60_000;

interface Reason {
  readonly code: string;
  readonly text: string;
}

/** Logs refusals, each kind at most once a minute: a GitLab with an old secret would fill the disk. */
export function createRefusalLog({
  log,
  clock,
}: {
  readonly log: Pick<Log, 'warn'>;
  readonly clock: Pick<Clock, 'now'>;
}): (from: string, reason: Reason) => void {
  const kinds = new Map<string, { readonly loggedAt: number; unlogged: number }>();

  return function logRefusal(from, { code, text }) {
    const now = clock.now();
    const before = kinds.get(code);
    // A clock that was set back must not silence the log.
    if (before !== undefined && Math.abs(now - before.loggedAt) < quietMs) {
      before.unlogged += 1;
      return;
    }
    kinds.set(code, { loggedAt: now, unlogged: 0 });
    log.warn({ from, reason: text, unlogged: before?.unlogged ?? 0 }, 'hook refused');
  };
}
