import type { Callback, CallbackAnswer, CallbackId, CallbackState } from '../../domain/callback.ts';
import type { Page } from './page.ts';

export interface CallbackQuery {
  /** Null for all. */
  readonly state: CallbackState | null;
  readonly limit: number;
  readonly cursor: string | null;
}

/** The callbacks of triggers; made with their trigger, due from its end on. */
export interface CallbackStore {
  /** Those that are due, the longest due first. */
  findDue(
    now: number,
    options: {
      readonly limit: number;
      readonly except: readonly CallbackId[];
      readonly exceptOrigins: readonly string[];
    },
  ): Promise<readonly Callback[]>;
  find(id: CallbackId): Promise<Callback | undefined>;
  list(query: CallbackQuery): Promise<Page<Callback>>;
  /** Where to; null once it is delivered, for it may be a secret. */
  urlOf(id: CallbackId): Promise<string | null>;
  /** Stores what has become of one: `stale` when somebody else was faster. */
  save(next: Callback, before: Callback): Promise<'saved' | 'stale'>;
}

/** Sends a callback once. Never throws: what goes wrong is an answer too. */
export type PostCallback = (callback: {
  readonly url: string;
  readonly id: CallbackId;
  /** Text of JSON. */
  readonly body: string;
  readonly signal: AbortSignal;
}) => Promise<CallbackAnswer>;
