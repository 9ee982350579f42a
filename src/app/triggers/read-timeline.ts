import type { TriggerId } from '../../domain/ids.ts';
import type { RecordedEntry, TriggerStore } from '../ports/index.ts';

/** So many entries are read in milliseconds; a pipeline may have thousands of jobs. */
const entriesTogether = 500;

/** Some of the entries that a reader has not seen yet, and whether there are more now, later or never. */
export interface TimelinePart {
  readonly entries: readonly RecordedEntry[];
  readonly next: 'more' | 'wait' | 'end';
}

/** Reads the timeline of a trigger in parts, up to its outcome. */
export interface TimelineReader {
  readonly next: () => Promise<TimelinePart>;
  /** Whether nothing after the position has changed the state of the trigger. */
  readonly isUnchanged: () => Promise<boolean>;
}

/** @param after the sequence of the last entry that the reader has seen */
export function createTimelineReader(
  store: Pick<TriggerStore, 'timeline'>,
  id: TriggerId,
  after: number,
): TimelineReader {
  let position = after;

  async function isUnchangedAfter(sequence: number): Promise<boolean> {
    const page = await store.timeline(id, sequence, entriesTogether);
    if (page.some(changesState)) return false;
    const last = page.at(-1);
    return last === undefined || page.length < entriesTogether || isUnchangedAfter(last.sequence);
  }

  return {
    isUnchanged: () => isUnchangedAfter(position),

    async next() {
      const page = await store.timeline(id, position, entriesTogether);
      const isFull = page.length === entriesTogether;
      const last = page.findLastIndex(changesState);
      position = page.at(-1)?.sequence ?? position;
      // A trigger that was retried has entries after its outcome. Others, as the answer to a late play, change no result.
      const isOutcome = page[last]?.entry.type === 'outcome';
      if (isOutcome && (!isFull || (await isUnchangedAfter(position))))
        return { entries: page.slice(0, last + 1), next: 'end' };
      return { entries: page, next: isFull ? 'more' : 'wait' };
    },
  };
}

const changesState = ({ entry: { type } }: RecordedEntry): boolean => type === 'state' || type === 'outcome';
