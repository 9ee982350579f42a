import { plainLine } from '../../domain/terminal-text.ts';
import type { TimelineEntry } from '../../domain/trigger/timeline.ts';
import { elapsedText } from './elapsed.ts';
import type { Progress } from './progress.ts';
import type { Screen } from './screen.ts';

type JobEntry = Extract<TimelineEntry, { type: 'job' }>;

const colors = { green: 32, red: 31, yellow: 33, cyan: 36, grey: 90 } as const;

/** The colour of each status of a job. */
const looks: Readonly<Record<string, { readonly sign: string; readonly color: keyof typeof colors }>> = {
  success: { sign: '✓', color: 'green' },
  failed: { sign: '✗', color: 'red' },
  canceled: { sign: '✗', color: 'grey' },
  skipped: { sign: '-', color: 'grey' },
  manual: { sign: '?', color: 'yellow' },
  running: { sign: '▸', color: 'cyan' },
};

const hasEnded: ReadonlySet<string> = new Set(['success', 'failed', 'canceled']);

function liveLine({ name, stage, status }: JobEntry, hasColors: boolean): string {
  const { sign, color } = looks[status] ?? { sign: '·', color: 'grey' };
  const text = plainLine(`${sign} ${name} (${stage}) ${status}`);
  return hasColors ? `\u001b[${colors[color]}m${text}\u001b[0m` : text;
}

/**
 * Shows the jobs: on a terminal one line for each of them, updated in place; elsewhere, on request, a line for each
 * change.
 */
export function createJobLines(
  screen: Screen,
  tellsChanges: boolean,
  now = () => performance.now(),
): (progress: Progress) => void {
  const jobs = new Map<string, JobEntry>();
  const begun = new Map<string, number>();
  const lines = (): readonly string[] => [...jobs.values()].map((job) => liveLine(job, screen.hasColors));

  /** How long a job ran that was seen to begin and has ended. */
  function durationOf({ name, status }: JobEntry): string {
    if (status === 'running') begun.set(name, now());
    const since = begun.get(name);
    return since === undefined || !hasEnded.has(status) ? '' : ` after ${elapsedText(now() - since)}`;
  }

  return function showJobs(progress) {
    if (progress.type === 'outcome' && screen.isWatched) {
      // The final lines stay.
      screen.showBelow([]);
      screen.report(
        lines()
          .map((line) => `${line}\n`)
          .join(''),
      );
    }
    if (progress.type !== 'job') return;
    jobs.set(progress.name, progress);
    const { name, stage, status } = progress;
    const duration = durationOf(progress);
    if (screen.isWatched) screen.showBelow(lines());
    else if (tellsChanges) screen.note(`job ${name} (${stage}): ${status}${duration}`);
  };
}
