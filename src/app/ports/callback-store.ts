import type {
  Callback,
  CallbackAnswer,
  CallbackEvent,
  CallbackId,
  CallbackState,
} from '../../domain/callback.ts';
import type { Page } from './page.ts';

export interface CallbackQuery {
  /** Null for all. */
  readonly state: CallbackState | null;
  readonly limit: number;
  readonly cursor: string | null;
}

/** The callbacks of triggers: stored with their trigger, due from its end on. */
export interface CallbackStore {
  /** The due callbacks, the longest due first. */
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
  /** The URL; null once it is delivered, since it may be a secret. */
  urlOf(id: CallbackId): Promise<string | null>;
  /** Stores the next state of one: `stale` when another process was faster. */
  save(next: Callback, before: Callback): Promise<'saved' | 'stale'>;
}

/** Sends a callback once. Never throws: a failure is a result too. */
export type PostCallback = (callback: {
  readonly url: string;
  readonly id: CallbackId;
  readonly event: CallbackEvent;
  /** Text of JSON. */
  readonly body: string;
  readonly signal: AbortSignal;
}) => Promise<CallbackAnswer>;
