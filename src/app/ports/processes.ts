/**
 * The processes that share a database, and which of them does what. A process that has not shown for some seconds that
 * it lives is removed by the others, and with it everything that it had claimed.
 */
export interface Processes {
  /**
   * Claims work by its name: true from now on until it is released or this process is removed; false while another
   * process has it. @throws AppError `storage_unavailable`
   */
  claim(work: string): Promise<boolean>;
  release(work: string): Promise<void>;
  /**
   * Asked directly before each effect on the outside: a process that was frozen must find that it was removed before
   * it acts. @throws AppError `storage_unavailable` when it was, or when nobody knows
   */
  confirm(): Promise<void>;
  /** Grows when this process was removed and works again: what it had claimed before is not its own any more. */
  generation(): number;
  /** Shows that this process lives, and removes those that do not. @throws AppError `storage_unavailable` */
  show(): Promise<Shown>;
}

export interface Shown {
  /** How many other processes were removed by this call: what they had begun is to be taken up. */
  readonly removed: number;
  /** This process had been removed itself: what it had claimed belongs to others. */
  readonly wasRemoved: boolean;
}
