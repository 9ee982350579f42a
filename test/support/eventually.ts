import { vi } from 'vitest';

/** Waits until an expectation holds: long enough for a machine that is busy with other tests. */
export const eventually = <T>(expectation: () => T | Promise<T>, timeout = 60_000): Promise<T> =>
  vi.waitFor(expectation, { timeout, interval: 10 });
