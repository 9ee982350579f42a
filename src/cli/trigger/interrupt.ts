const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type Signal = (typeof signals)[number];

/** The part of a process that is used; `process` is one. */
export interface Interruptible {
  readonly once: (signal: Signal, listener: () => void) => unknown;
  readonly off: (signal: Signal, listener: () => void) => unknown;
}

/**
 * Calls back at the first SIGINT, SIGTERM or SIGHUP (the terminal is closed); the second one ends the process as usual.
 * @returns how to stop listening
 */
export function onInterrupt(process: Interruptible, callback: () => void): () => void {
  const leave = (): void => {
    for (const signal of signals) process.off(signal, listener);
  };
  const listener = (): void => {
    leave();
    callback();
  };
  for (const signal of signals) process.once(signal, listener);
  return leave;
}
