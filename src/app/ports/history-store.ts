import type { Cause, Note } from '../../domain/trigger/history.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { TimelineEntry } from '../../domain/trigger/timeline.ts';

/** A line of the whole history, what only operators see included. */
export interface HistoryLine {
  readonly sequence: number;
  readonly at: number;
  /** When the same was last noted again, with nothing reported to callers in between; null for a line that happened once. */
  readonly until: number | null;
  readonly count: number;
  readonly line: TimelineEntry | Note;
  readonly cause: Cause | null;
}

/** The same note of a trigger, so many times. */
export interface CountedNote {
  readonly id: TriggerId;
  readonly note: Note;
  readonly count: number;
  /** The first and the last time. */
  readonly at: number;
  readonly until: number;
}

/** The histories of triggers, as operators see them. */
export interface HistoryStore {
  /** Everything that is known of what happened to a trigger, in its order. */
  of(id: TriggerId): Promise<readonly HistoryLine[]>;
  /** Adds notes; those of triggers that are not there are dropped. */
  note(notes: readonly CountedNote[]): Promise<void>;
}
