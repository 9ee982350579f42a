import type { Cause, Note } from '../../domain/trigger/history.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { TimelineEntry } from '../../domain/trigger/timeline.ts';

/** A line of the whole history, including those that only operators see. */
export interface HistoryLine {
  readonly sequence: number;
  readonly at: number;
  /** When the same was last noted, with nothing reported to callers in between; null for a line that occurred once. */
  readonly until: number | null;
  readonly count: number;
  readonly line: TimelineEntry | Note;
  readonly cause: Cause | null;
}

/** The same note of a trigger, with the number of its occurrences. */
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
  /**
   * What is known to have happened to a trigger, in order.
   * @param most how many of the newest lines; all of them unless given
   */
  of(id: TriggerId, most?: number): Promise<readonly HistoryLine[]>;
  /** Adds notes; those of unknown triggers are dropped. */
  note(notes: readonly CountedNote[]): Promise<void>;
}
