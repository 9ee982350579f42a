import { backoffMs } from './backoff.ts';
import type { Brand, TriggerId } from './ids.ts';

/** Ours: one callback, `cbk_…`. Each attempt carries it, so that a receiver recognizes a repetition. */
export type CallbackId = Brand<string, 'CallbackId'>;

/** `waiting` for the trigger's end; `due`: to be sent, perhaps again; the others are final. */
export type CallbackState = 'waiting' | 'due' | 'delivered' | 'given_up';

/** Every state, for parsers. */
export const callbackStates = [
  'waiting',
  'due',
  'delivered',
  'given_up',
] as const satisfies readonly CallbackState[];

/** A notification of a trigger's outcome, to be posted to a URL. */
/** What a callback reports: how its trigger ended, or that a job waits to be approved. */
export const callbackEvents = ['outcome', 'approval'] as const;

export type CallbackEvent = (typeof callbackEvents)[number];

export interface Callback {
  readonly id: CallbackId;
  readonly triggerId: TriggerId;
  readonly event: CallbackEvent;
  /** Scheme, host and port of the URL: the rest of it may be a secret. */
  readonly origin: string;
  readonly state: CallbackState;
  readonly tries: number;
  /** The status of the receiver's last answer; null when it did not answer. */
  readonly lastStatus: number | null;
  /** Why the last attempt did not deliver it. */
  readonly lastError: string | null;
  readonly createdAt: number;
  /** The start of the hour in which it is attempted. */
  readonly triedSince: number | null;
  readonly lastTriedAt: number | null;
  /** When the next attempt is due. */
  readonly dueAt: number | null;
}

/** The result of an attempt. */
export type CallbackAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly retryAfterMs: number | null;
      /** Scheme, host and port that a redirect leads to; it is not followed. */
      readonly redirectsTo?: string;
    }
  | { readonly kind: 'unanswered'; readonly why: string }
  /** Sending it is not allowed, now or later. */
  | { readonly kind: 'forbidden'; readonly why: string };

/** The one callback that a trigger can have. */
export const callbackIdOf = (id: TriggerId): CallbackId => id.replace(/^trg_/, 'cbk_') as CallbackId;

/** The callback that reports that a job waits to be approved: one for each job. */
export const approvalCallbackIdOf = (id: CallbackId, jobId: number): CallbackId =>
  `${id}_${jobId}` as CallbackId;

/** For how long it is attempted again. */
const retryForMs = 3_600_000;
const pauses = { firstMs: 1_000, longestMs: 300_000 };

const isDelivered = (answer: CallbackAnswer): boolean =>
  answer.kind === 'answered' && answer.status >= 200 && answer.status < 300;

/** 410 Gone: the receiver wants no further callbacks. */
const isFinal = (answer: CallbackAnswer): boolean =>
  answer.kind === 'forbidden' || (answer.kind === 'answered' && answer.status === 410);

function troubleOf(answer: CallbackAnswer): string | null {
  if (answer.kind !== 'answered') return answer.why;
  if (isDelivered(answer)) return null;
  const { status, redirectsTo } = answer;
  return redirectsTo === undefined
    ? `answered ${status}`
    : `answered ${status}, a redirect to ${redirectsTo}`;
}

/**
 * A callback after an attempt: delivered, due again, or abandoned after an hour of attempts. The last attempt is at the
 * end of the hour.
 * @param random from 0 up to 1
 */
export function afterTry(callback: Callback, answer: CallbackAnswer, at: number, random: number): Callback {
  const triedSince = callback.triedSince ?? at;
  const tried: Callback = {
    ...callback,
    tries: callback.tries + 1,
    lastStatus: answer.kind === 'answered' ? answer.status : null,
    lastError: troubleOf(answer),
    triedSince,
    lastTriedAt: at,
    dueAt: null,
  };
  if (isDelivered(answer)) return { ...tried, state: 'delivered' };
  const giveUpAt = triedSince + retryForMs;
  if (isFinal(answer) || at >= giveUpAt) return { ...tried, state: 'given_up' };
  const askedMs = answer.kind === 'answered' ? answer.retryAfterMs : null;
  const next = at + backoffMs(callback.tries, askedMs, random, pauses);
  return { ...tried, state: 'due', dueAt: Math.min(next, giveUpAt) };
}

/** Due now, and for another hour, at an operator's request; null where there is nothing to send, or no longer. */
export function dueAgain(callback: Callback, at: number): Callback | null {
  if (callback.state !== 'due' && callback.state !== 'given_up') return null;
  return { ...callback, state: 'due', triedSince: null, dueAt: at };
}
