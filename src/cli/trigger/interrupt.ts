/** The part of a process that is used; `process` is one. */
export interface Interruptible {
  readonly once: (signal: 'SIGINT' | 'SIGTERM', listener: () => void) => unknown;
  readonly off: (signal: 'SIGINT' | 'SIGTERM', listener: () => void) => unknown;
}

const signals = ['SIGINT', 'SIGTERM'] as const;

/**
 * Calls back at the first SIGINT or SIGTERM; the second one ends the process as usual.
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
