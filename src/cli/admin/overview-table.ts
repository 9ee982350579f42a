import type { OverviewItem } from './overview.ts';
import { currentOf, waitingText } from './overview.ts';
import type { Table } from './table.ts';
import { durationText } from './times.ts';

const since = (iso: string, now: number): string => durationText(now - Date.parse(iso));

/** How long there is left, or since when it has ended. */
function endText({ finishedAt, deadlineAt }: OverviewItem['trigger'], now: number): string {
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
    since(item.observedAt, now),
    endText(item.trigger, now),
  ]),
});
