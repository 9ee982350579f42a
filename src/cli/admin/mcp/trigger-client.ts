import type { TriggerView } from '../../../api/trigger-view.ts';
import { Failure } from '../../../client/errors.ts';
import type { ServiceRequest } from '../../../client/sender.ts';
import type { ServiceApi } from '../service.ts';
import { triggerPath } from '../service.ts';
import { exitCodes } from '../exit-codes.ts';

/** A trigger and by what a change of it is recognized. */
export interface KnownTrigger {
  readonly trigger: TriggerView;
  readonly etag: string | null;
}

/** The failed jobs of a trigger with the last lines of their logs, and why it ended. */
export interface Explanation {
  readonly trigger: TriggerView;
  readonly failedJobs: TriggerView['failedJobs'];
  readonly blockingJobs: readonly { readonly name: string; readonly stage: string }[];
}

/** Calls of the service's API for a model, which are repeated for a while where the service is away. All throw Failure. */
export interface TriggerClient {
  /** @param key by which a repeated request is recognized */
  readonly start: (request: object, key: string, signal: AbortSignal) => Promise<TriggerView>;
  readonly show: (id: string, signal: AbortSignal) => Promise<KnownTrigger>;
  /** The trigger once it is otherwise than it was known; the same after so many seconds. */
  readonly change: (known: KnownTrigger, seconds: number, signal: AbortSignal) => Promise<KnownTrigger>;
  readonly explain: (id: string, signal: AbortSignal) => Promise<Explanation>;
  readonly list: (query: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<unknown>;
  readonly steer: (
    id: string,
    how: 'play' | 'cancel',
    body: object,
    signal: AbortSignal,
  ) => Promise<TriggerView>;
}

/** Five minutes: a restart of the service takes seconds. */
const triesWhileAway = 100;
const pauseMs = 3_000;

/** @param sleep resolves after the time, or when the signal aborts */
export function createTriggerClient(
  service: Pick<ServiceApi, 'ask'>,
  sleep: (ms: number, signal: AbortSignal) => Promise<void>,
): TriggerClient {
  async function ask(path: string, signal: AbortSignal, request: ServiceRequest = {}): Promise<Response> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await service.ask(path, { ...request, signal });
      } catch (error) {
        const isAway = error instanceof Failure && error.exitCode === exitCodes.unreachable;
        if (!isAway || tries === triesWhileAway || signal.aborted) throw error;
        await sleep(pauseMs, signal);
      }
    }
  }

  const post = (
    path: string,
    body: object,
    signal: AbortSignal,
    headers: Readonly<Record<string, string>> = {},
  ) => ask(path, signal, { method: 'POST', body, headers });

  const known = async (response: Response): Promise<KnownTrigger> => ({
    trigger: (await response.json()) as TriggerView,
    etag: response.headers.get('etag'),
  });

  return {
    start: async (request, key, signal) => {
      const response = await post('/v1/triggers', request, signal, { 'idempotency-key': key });
      return (await response.json()) as TriggerView;
    },
    show: async (id, signal) => known(await ask(triggerPath(id), signal)),
    change: async (before, seconds, signal) => {
      const { trigger, etag } = before;
      const headers: Record<string, string> =
        etag === null ? {} : { 'if-none-match': etag, prefer: `wait=${seconds}` };
      const response = await ask(triggerPath(trigger.id), signal, { headers });
      if (response.status !== 304) return known(response);
      await response.body?.cancel();
      return before;
    },
    explain: async (id, signal) => {
      const { trigger } = await known(await ask(triggerPath(id), signal));
      if (trigger.state === 'pending') return { trigger, failedJobs: [], blockingJobs: [] };
      // The logs are read for the first caller who waits.
      const body = (await (
        await ask(triggerPath(id, '/wait?wait=1'), signal)
      ).json()) as Partial<Explanation>;
      const { failedJobs = [], blockingJobs = [] } = body;
      return { trigger: body.trigger ?? trigger, failedJobs, blockingJobs };
    },
    list: async (query, signal) =>
      (await ask(`/v1/triggers?${new URLSearchParams(query).toString()}`, signal)).json(),
    steer: async (id, how, body, signal) =>
      (await (await post(triggerPath(id, `/${how}`), body, signal)).json()) as TriggerView,
  };
}
