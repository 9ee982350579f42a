import type { ChangedTriggers } from '../app/ports/index.ts';
import type { TriggerId } from '../domain/ids.ts';
import type { Database } from './database.ts';
import { numberOf } from './history-store.ts';
import { newestOfEach } from './rows.ts';

/** How many lines of the timelines one call reads, so that it takes no long time, however far behind a caller is. */
const mostLines = 1_000;

/** The sequence of the newest line; 0 for none. */
export async function lastSequence({ read }: Pick<Database, 'read'>): Promise<number> {
  const row = await read((client) =>
    client.timelineEntry.findFirst({ orderBy: { sequence: 'desc' }, select: { sequence: true } }),
  );
  return numberOf(row?.sequence ?? 0);
}

/** The triggers whose timeline has grown since a line. */
export async function changedAfter(
  { read }: Pick<Database, 'read'>,
  sequence: number,
): Promise<ChangedTriggers> {
  const lines = await read((client) =>
    client.timelineEntry.findMany({
      where: { sequence: { gt: sequence } },
      orderBy: { sequence: 'asc' },
      take: mostLines,
      select: { sequence: true, triggerId: true, isNote: true },
    }),
  );
  return {
    changes: newestOfEach(
      lines
        .filter(({ isNote }) => !isNote)
        .map((line) => ({ id: line.triggerId as TriggerId, sequence: numberOf(line.sequence) })),
    ),
    reached: numberOf(lines.at(-1)?.sequence ?? sequence),
    isMore: lines.length === mostLines,
  };
}
