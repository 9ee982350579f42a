import type { OverviewItem } from '../../api/diagnostics-views.ts';
import { plainLine } from '../../domain/terminal-text.ts';
import type { Table } from './table.ts';
import { shortIds } from './short-ids.ts';
import { durationText } from './times.ts';

/** The current state of the trigger: the jobs that run or block, else the pipeline's status, else why there is none. */
export function currentOf({ outcome, reason, pipelineStatus, jobs, approvals }: OverviewItem): string {
  if (outcome !== null) return [outcome, reason].filter(Boolean).join(': ');
  if (approvals !== undefined && approvals.length > 0)
    return approvals.map(({ job }) => `${job} (to be approved)`).join(', ');
  if (jobs.length > 0) return jobs.map(({ name, status }) => `${name} (${status})`).join(', ');
  return pipelineStatus ?? reason ?? 'no pipeline yet';
}

/** The waiting callers, in short. */
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

const since = (iso: string, now: number): string => durationText(now - Date.parse(iso));

/** The time left, or since when it has ended. */
function endText({ finishedAt, deadlineAt }: OverviewItem, now: number): string {
  if (finishedAt !== null) return `ended ${since(finishedAt, now)}`;
  const left = Date.parse(deadlineAt) - now;
  return left > 0 ? durationText(left) : 'passed';
}

const stateText = ({ outcome }: OverviewItem): string => outcome ?? 'pending';

/**
 * @param now milliseconds since the epoch
 * @param isNarrow whether ids are shortened to what differs
 */
export function overviewTable(items: readonly OverviewItem[], now: number, isNarrow: boolean): Table {
  const all = items.map(({ id }) => id);
  const ids = isNarrow ? shortIds(all) : all;
  return {
    columns: [
      { title: 'ID' },
      { title: 'STATE' },
      { title: 'PROJECT', shrinks: 'last' },
      { title: 'AGE' },
      { title: 'JOB', shrinks: true, leaveOut: 1 },
      { title: 'REF', shrinks: true, leaveOut: 2 },
      { title: 'WAITING', shrinks: true, leaveOut: 3 },
      { title: 'UPDATED', leaveOut: 4 },
      { title: 'DEADLINE', leaveOut: 5 },
    ],
    rows: items.map((item, at) => [
      ids[at] ?? item.id,
      stateText(item),
      item.project,
      since(item.createdAt, now),
      currentOf(item),
      item.ref,
      waitingText(item.waiting),
      since(item.lastUpdateAt, now),
      endText(item, now),
    ]),
  };
}
