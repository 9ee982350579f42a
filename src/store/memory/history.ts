import type {
  ChangedTriggers,
  CountedNote,
  HistoryLine,
  HistoryStore,
  RecordedEntry,
} from '../../app/ports/index.ts';
import type { TimedNote } from '../../domain/trigger/history.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { TimelineEntry } from '../../domain/trigger/timeline.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { newestOfEach } from '../rows.ts';
import { asAsync } from './as-async.ts';

/** Histories for as long as the process lives. */
export interface MemoryHistory {
  readonly record: (trigger: Trigger, entries: readonly TimelineEntry[], notes: readonly TimedNote[]) => void;
  readonly timeline: (id: TriggerId, afterSequence: number, most?: number) => readonly RecordedEntry[];
  readonly lastSequence: () => number;
  readonly changedAfter: (sequence: number) => ChangedTriggers;
  readonly store: (isThere: (id: TriggerId) => boolean) => HistoryStore;
}

interface Row extends HistoryLine {
  readonly id: TriggerId;
  readonly isNote: boolean;
}

const once = { until: null, count: 1 } as const;

export function createHistory(): MemoryHistory {
  const rows: Row[] = [];
  const add = (row: Omit<Row, 'sequence'>): void => void rows.push({ ...row, sequence: rows.length + 1 });

  function addNote({ id, note, count, at, until }: CountedNote): void {
    const lastEntry = rows.findLastIndex((row) => row.id === id && !row.isNote);
    const text = JSON.stringify(note);
    const same = rows.findLastIndex(
      (row, index) => index > lastEntry && row.id === id && JSON.stringify(row.line) === text,
    );
    const known = rows[same];
    const last = count > 1 ? until : null;
    if (known === undefined) add({ id, isNote: true, at, until: last, count, line: note, cause: null });
    else rows[same] = { ...known, count: known.count + count, until };
  }

  return {
    record({ id, updatedAt: at }, entries, notes) {
      for (const { at: notedAt, note } of notes) addNote({ id, note, count: 1, at: notedAt, until: notedAt });
      for (const { cause = null, ...line } of entries) add({ id, isNote: false, at, ...once, line, cause });
    },
    timeline: (id, afterSequence, most) =>
      rows
        .filter((row) => !row.isNote && row.id === id && row.sequence > afterSequence)
        .slice(0, most)
        .map(({ sequence, at, line }) => ({ sequence, at, entry: line as TimelineEntry })),
    lastSequence: () => rows.length,
    changedAfter: (sequence) => ({
      changes: newestOfEach(rows.slice(sequence).filter(({ isNote }) => !isNote)).map(
        ({ id, sequence: newest }) => ({ id, sequence: newest }),
      ),
      reached: Math.max(rows.length, sequence),
      isMore: false,
    }),
    store: (isThere) =>
      asAsync<HistoryStore>({
        of: (id, most = Infinity) =>
          rows
            .filter((row) => row.id === id)
            .slice(-most)
            .map(({ isNote: _, id: __, ...line }) => line),
        note(notes) {
          for (const each of notes) if (isThere(each.id)) addNote(each);
        },
      }),
  };
}
