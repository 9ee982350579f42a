import type { DeliveryId, TriggerId } from '../../domain/ids.ts';

/** The stored changes, oldest first, each named once. */
export interface StoredChanges {
  /** The triggers whose timeline has grown. */
  readonly triggers: readonly TriggerId[];
  /** The deliveries that another process has stored. */
  readonly deliveries: readonly DeliveryId[];
  /** Whether there are more. */
  readonly isMore: boolean;
}

/**
 * Follows what other processes store on the same database; may name a trigger that only this process has changed.
 * Nothing is left out between two calls, however far they are apart: it is a position in the order of what is stored,
 * not a message that can be lost.
 */
export interface ChangeFeed {
  /**
   * Resolves when another process may have stored something, and when the signal aborts. It waits for a notification
   * where the database has them (PostgreSQL's NOTIFY), and looks several times a second where it has not.
   * @throws AppError `storage_unavailable`
   */
  changed(signal: AbortSignal): Promise<void>;
  /**
   * What was stored since the last call, so much at most that it is quickly read.
   * @throws AppError `storage_unavailable`: what was not given is given by the next call
   */
  next(): Promise<StoredChanges>;
}
