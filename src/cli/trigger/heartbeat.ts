import { elapsedText } from './elapsed.ts';
import type { Progress } from './progress.ts';

/** A silent job looks like one that hangs. */
const everyMs = 60_000;
/** Of many jobs that run together a few are enough. */
const mostNamed = 5;

/** Reports once a minute how long the command has waited, and for which jobs. */
export interface Heartbeat {
  readonly see: (progress: Progress) => void;
  readonly stop: () => void;
}

/** @param now milliseconds of any clock that only moves forward */
export function startHeartbeat(note: (message: string) => void, now = () => performance.now()): Heartbeat {
  const begun = now();
  const running = new Set<string>();

  function beat(): void {
    const names = [...running];
    const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : '';
    const jobs = names.length === 0 ? '' : `; running: ${names.slice(0, mostNamed).join(', ')}${more}`;
    note(`still waiting after ${elapsedText(now() - begun)}${jobs}`);
  }

  const timer = setInterval(beat, everyMs).unref();
  return {
    see: (progress) => {
      if (progress.type !== 'job') return;
      if (progress.status === 'running') running.add(progress.name);
      else running.delete(progress.name);
    },
    stop: () => clearInterval(timer),
  };
}
