import type { EndedRun } from '../../domain/run-statistics.ts';

/** What ended runs say about others. Each question is answered from an index, however many triggers are stored. */
export interface RunStatistics {
  /** How long the newest successful triggers of a project and ref took, in milliseconds. */
  recentDurations(project: string, ref: string): Promise<readonly number[]>;
  /** The triggers that have ended since a time, the newest first, so many at most. */
  endedSince(since: number, limit: number): Promise<readonly EndedRun[]>;
}
