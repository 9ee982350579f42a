import type { OverviewItem } from '../../api/diagnostics-views.ts';
import { currentOf, waitingText } from './overview.ts';
import type { Table } from './table.ts';
import { durationText } from './times.ts';

const since = (iso: string, now: number): string => durationText(now - Date.parse(iso));

/** How long there is left, or since when it has ended. */
function endText({ finishedAt, deadlineAt }: OverviewItem, now: number): string {
  if (finishedAt !== null) return `ended ${since(finishedAt, now)}`;
  const left = Date.parse(deadlineAt) - now;
  return left > 0 ? durationText(left) : 'passed';
}

/** @param now milliseconds since the epoch */
export const overviewTable = (items: readonly OverviewItem[], now: number): Table => ({
  columns: [
    { title: 'ID' },
    { title: 'PROJECT', shrinks: true },
    { title: 'REF', shrinks: true },
    { title: 'AGE' },
    { title: 'JOB', shrinks: true },
    { title: 'WAITING', shrinks: true },
    { title: 'UPDATED' },
    { title: 'DEADLINE' },
  ],
  rows: items.map((item) => [
    item.id,
    item.project,
    item.ref,
    since(item.createdAt, now),
    currentOf(item),
    waitingText(item.waiting),
    since(item.lastUpdateAt, now),
    endText(item, now),
  ]),
});
