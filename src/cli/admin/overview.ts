import type { OverviewItem } from '../../api/diagnostics-views.ts';
import { plainLine } from '../../domain/terminal-text.ts';

/** What the trigger is at: the jobs that run or block, else where its pipeline stands, else why there is none. */
export function currentOf({ outcome, reason, pipelineStatus, jobs }: OverviewItem): string {
  if (outcome !== null) return [outcome, reason].filter(Boolean).join(': ');
  if (jobs.length > 0) return jobs.map(({ name, status }) => `${name} (${status})`).join(', ');
  return pipelineStatus ?? reason ?? 'no pipeline yet';
}

/** Who waits, in few words. */
export const waitingText = (waiting: OverviewItem['waiting']): string =>
  waiting
    .map(
      ({ caller, from, count }) =>
        `${caller}${from === null ? '' : `@${from}`}${count > 1 ? ` ×${count}` : ''}`,
    )
    .join(', ') || '-';

/** A line for each project whose pending triggers are only polled, since no webhook reports on them, and what to do. */
export function hookNotes(items: readonly OverviewItem[]): string {
  const problems = new Map(
    items.flatMap(({ project, hookProblem }) =>
      hookProblem === null ? [] : [[project, hookProblem] as const],
    ),
  );
  return [...problems]
    .map(
      ([project, problem]) =>
        `${plainLine(`${project} has no healthy hook: ${problem}; see pipeline-trigger hooks doctor ${project}`)}\n`,
    )
    .join('');
}
