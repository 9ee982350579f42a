/** Time, as a parameter. Milliseconds since the epoch; never runs backwards while the process lives. */
export interface Clock {
  now(): number;
  /** Resolves after the time, or immediately when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
