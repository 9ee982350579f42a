import type { OverviewItem } from './overview.ts';
import { currentOf, waitingText } from './overview.ts';
import type { Table } from './table.ts';
import { durationText } from './times.ts';

const since = (iso: string, now: number): string => durationText(now - Date.parse(iso));

/** Until when, or when it ended. */
function endText({ finishedAt, deadlineAt }: OverviewItem['trigger'], now: number): string {
  if (finishedAt !== null) return `ended ${since(finishedAt, now)} ago`;
  const left = Date.parse(deadlineAt) - now;
  return left > 0 ? `in ${durationText(left)}` : 'passed';
}

/** @param now milliseconds since the epoch */
export const overviewTable = (items: readonly OverviewItem[], now: number): Table => ({
  columns: [
    { title: 'ID' },
    { title: 'PROJECT', shrinks: true },
    { title: 'REF', shrinks: true },
    { title: 'FOR' },
    { title: 'ON', shrinks: true },
    { title: 'WAITING', shrinks: true },
    { title: 'NEWS' },
    { title: 'DEADLINE' },
  ],
  rows: items.map((item) => [
    item.trigger.id,
    item.trigger.project,
    item.trigger.ref,
    since(item.trigger.createdAt, now),
    currentOf(item),
    waitingText(item.waiting),
    `${since(item.newsAt, now)} ago`,
    endText(item.trigger, now),
  ]),
});
