/** The interfaces through which the use cases reach the outside, in domain types. */

export type * from './change-feed.ts';
export type * from './trigger-store.ts';
export type * from './history-store.ts';
export type * from './callback-store.ts';
export type * from './delivery-store.ts';
export type * from './audit-log.ts';
export type * from './page.ts';
export type * from './run-statistics.ts';
export type * from './gitlab.ts';
export type * from './people.ts';
export type * from './sign-in.ts';

/** Time, as a parameter. Milliseconds since the epoch; never runs backwards while the process lives. */
export interface Clock {
  now(): number;
  /** Resolves after the time, or immediately when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Structured log lines, as pino writes them. Callers must not pass secrets. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
