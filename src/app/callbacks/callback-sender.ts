import type { Callback, CallbackId } from '../../domain/callback.ts';
import { afterTry, dueAgain } from '../../domain/callback.ts';
import { AppError, messageOf } from '../../domain/error.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { CallbackResult, Meter } from '../ports/meter.ts';
import { noMeter } from '../ports/meter.ts';
import type { CallbackStore, Clock, Log, PostCallback, TriggerStore } from '../ports/index.ts';

interface Deps {
  readonly store: CallbackStore;
  readonly triggers: Pick<TriggerStore, 'find'>;
  readonly post: PostCallback;
  /** The request body that reports a trigger to a receiver: JSON text. */
  readonly bodyOf: (trigger: Trigger) => string;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter?: Pick<Meter, 'callbackTried'>;
  /** From 0 up to 1. */
  readonly random?: () => number;
}

/** Posts outcomes to their receivers. A callback is stored as due before it is sent. */
export interface Callbacks {
  /** Sends due callbacks until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** To be called when a callback may have become due. */
  readonly wake: () => void;
  /**
   * Makes a callback due immediately, and retries it for another hour.
   * @throws AppError `not_found`; `invalid` when its trigger has not finished, or when it was delivered
   */
  readonly retry: (id: CallbackId) => Promise<Callback>;
}

/** The most concurrent requests, in total and to one receiver, which may be slow. */
const most = 32;
const mostToOne = 4;
/** How often to look for callbacks that another process has made due. */
const pollMs = 1_000;
/** The pause after a result that could not be stored: without it the same callback would be sent repeatedly. */
const holdMs = 60_000;

export function createCallbacks(deps: Deps): Callbacks {
  const { store, triggers, post, bodyOf, clock, log, meter = noMeter, random = Math.random } = deps;
  const underWay = new Map<CallbackId, { readonly origin: string; readonly done: Promise<void> }>();
  let waking = new AbortController();

  async function tryOnce(callback: Callback, signal: AbortSignal): Promise<void> {
    const { id, triggerId, event } = callback;
    const url = await store.urlOf(id);
    const stored = await triggers.find(triggerId);
    if (url === null || stored === undefined) return;
    const answer = await post({ url, id, event, body: bodyOf(stored.trigger), signal });
    // The result is unknown: after the next start it is sent again, under the same id.
    if (signal.aborted) return;
    const next = afterTry(callback, answer, clock.now(), random());
    await store.save(next, callback);
    meter.callbackTried(resultOf(next));
    logResult(next);
  }

  function logResult({ id, triggerId, state, tries, lastError, dueAt }: Callback): void {
    const fields = { callbackId: id, triggerId, tries };
    if (state === 'delivered') log.info(fields, 'callback delivered');
    else if (dueAt === null) log.error({ ...fields, error: lastError }, 'callback given up');
    else log.warn({ ...fields, error: lastError, waitMs: dueAt - clock.now() }, 'callback delayed');
  }

  async function carefully(callback: Callback, signal: AbortSignal): Promise<void> {
    try {
      await tryOnce(callback, signal);
    } catch (error) {
      const { id: callbackId, triggerId } = callback;
      log.error({ callbackId, triggerId, error: messageOf(error) }, 'callback not sent');
      await clock.sleep(holdMs, signal);
    }
  }

  const countOf = (origin: string): number =>
    [...underWay.values()].filter((other) => other.origin === origin).length;
  const busyOrigins = (): readonly string[] =>
    [...new Set([...underWay.values()].map(({ origin }) => origin))].filter(
      (origin) => countOf(origin) >= mostToOne,
    );

  function begin(callback: Callback, signal: AbortSignal): void {
    const { id, origin } = callback;
    if (underWay.has(id) || underWay.size >= most || countOf(origin) >= mostToOne) return;
    const done = carefully(callback, signal).finally(() => {
      underWay.delete(id);
      wake();
    });
    underWay.set(id, { origin, done });
  }

  async function round(signal: AbortSignal): Promise<void> {
    const known = [...underWay.keys()];
    const due = await store.findDue(clock.now(), {
      limit: most,
      except: known,
      exceptOrigins: busyOrigins(),
    });
    for (const callback of due) begin(callback, signal);
  }

  const wake = (): void => waking.abort();

  return {
    wake,
    async run(signal) {
      while (!signal.aborted) {
        waking = new AbortController();
        await round(signal).catch((error: unknown) =>
          log.error({ error: messageOf(error) }, 'callbacks not looked for'),
        );
        await clock.sleep(pollMs, AbortSignal.any([signal, waking.signal]));
      }
      await Promise.all([...underWay.values()].map(({ done }) => done));
    },
    async retry(id) {
      const callback = await store.find(id);
      if (callback === undefined) throw new AppError('not_found', 'there is no such callback');
      const next = dueAgain(callback, clock.now());
      if (next === null) throw new AppError('invalid', whyNot(callback));
      await store.save(next, callback);
      wake();
      return next;
    },
  };
}

function resultOf({ state, dueAt }: Callback): CallbackResult {
  if (state === 'delivered') return 'delivered';
  return dueAt === null ? 'given_up' : 'delayed';
}

const whyNot = ({ state }: Callback): string =>
  state === 'waiting' ? 'its trigger has not finished' : 'it was delivered, and its URL is no longer kept';
