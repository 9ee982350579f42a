import type { Clock } from '../../app/ports/index.ts';
import type { Caller } from '../../domain/access/caller.ts';
import { quotaOf } from '../../domain/access/quota.ts';
import { AppError, LimitReached } from '../../domain/error.ts';

/** How often rights are checked again: a stream whose key was revoked ends within 15 seconds. */
const recheckMs = 10_000;

/** The errors that end the right to a stream; a temporary failure of the database or GitLab does not. */
const refusals: ReadonlySet<string> = new Set(['unauthorized', 'forbidden', 'not_found', 'pruned']);

interface StreamRequest {
  readonly caller: Caller;
  /** Checks the caller's rights again. @throws AppError when they are gone, or cannot be checked */
  readonly recheck: () => Promise<unknown>;
  /** Aborts when the client hangs up, or the service stops. */
  readonly over: AbortSignal;
}

export interface EventStreams {
  /**
   * Runs a stream for as long as its caller may have it.
   * @param stream writes until the signal aborts
   * @throws LimitReached before anything is written; what the stream throws
   */
  readonly run: (request: StreamRequest, stream: (over: AbortSignal) => Promise<void>) => Promise<void>;
}

interface Deps {
  readonly clock: Clock;
  /** `STREAM_LIMIT`: how many one caller may have open. */
  readonly limit: number;
}

/** The open event streams: counted for each caller, and ended when the caller's rights end. */
export function createEventStreams({ clock, limit }: Deps): EventStreams {
  const open = new Map<string, number>();

  /** @returns a function that leaves. @throws LimitReached */
  function enter(caller: Caller): () => void {
    const quota = quotaOf(caller);
    if (quota === null) return () => undefined;
    const count = open.get(quota.name) ?? 0;
    if (count >= limit)
      throw new LimitReached(
        `${limit} event streams and downloads of this caller are open (STREAM_LIMIT); /wait is none`,
        caller.id,
      );
    open.set(quota.name, count + 1);
    return () => {
      const left = (open.get(quota.name) ?? 0) - 1;
      if (left > 0) open.set(quota.name, left);
      else open.delete(quota.name);
    };
  }

  async function untilRefused({ caller, recheck }: StreamRequest, over: AbortSignal): Promise<void> {
    const endsAt = caller.expiresAt ?? Infinity;
    for (;;) {
      await clock.sleep(Math.min(recheckMs, endsAt - clock.now()), over);
      if (over.aborted || clock.now() >= endsAt || (await isRefused(recheck))) return;
    }
  }

  return {
    async run(request, stream) {
      const leave = enter(request.caller);
      const refused = new AbortController();
      const ended = new AbortController();
      void untilRefused(request, AbortSignal.any([request.over, ended.signal])).then(() => refused.abort());
      try {
        await stream(AbortSignal.any([request.over, refused.signal]));
      } finally {
        ended.abort();
        leave();
      }
    },
  };
}

async function isRefused(recheck: () => Promise<unknown>): Promise<boolean> {
  try {
    await recheck();
    return false;
  } catch (error) {
    return error instanceof AppError && refusals.has(error.code);
  }
}
