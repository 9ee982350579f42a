import { setTimeout as sleep } from 'node:timers/promises';
import type { TriggerView } from '../../../../src/api/trigger-view.ts';
import type { Answer } from '../../../support/call.ts';
import type { Installation } from '../../../support/service-process.ts';

/** What curl repeats, besides connections that were refused or broke. Source: `man curl`, --retry */
const transient = [408, 429, 500, 502, 503, 504, 522, 524];
const pauseMs = 50;
/** Longer than any service here is away. */
const timeoutMs = 90_000;

/** Asks until it gets an answer that stands, as `curl --retry` does. */
async function persist(call: () => Promise<Answer>): Promise<Answer> {
  const since = performance.now();
  for (;;) {
    const answer = await call().catch(() => null);
    if (answer !== null && !transient.includes(answer.status)) return answer;
    if (performance.now() - since > timeoutMs)
      throw new Error(`no answer within ${timeoutMs} ms: ${answer?.status ?? 'nobody there'}`);
    await sleep(pauseMs);
  }
}

/** A job with nothing but curl and a key of its own. */
export interface Caller {
  /** Asks for a pipeline, and gives the trigger's id. The same every time. */
  readonly ask: () => Promise<string>;
  /** Waits for the verdict. */
  readonly wait: (id: string) => Promise<Answer>;
  readonly show: (id: string) => Promise<TriggerView>;
  /** Looks until the trigger is as wanted. */
  readonly watch: (id: string, isWanted: (trigger: TriggerView) => boolean) => Promise<TriggerView>;
  /** Has something done: `cancel`, `retry`. */
  readonly steer: (id: string, verb: string) => Promise<Answer>;
}

export function createCaller({ call }: Pick<Installation, 'call'>, request: object, key: string): Caller {
  const show: Caller['show'] = async (id) =>
    (await persist(() => call('GET', `/v1/triggers/${id}`))).json as TriggerView;
  return {
    async ask() {
      const options = { body: request, headers: { 'idempotency-key': key } };
      const { status, text, json } = await persist(() => call('POST', '/v1/triggers', options));
      if (status !== 202) throw new Error(`${status} ${text}`);
      return (json as TriggerView).id;
    },
    wait: (id) => persist(() => call('GET', `/v1/triggers/${id}/wait?wait=55`)),
    show,
    async watch(id, isWanted) {
      const since = performance.now();
      for (;;) {
        const trigger = await show(id);
        if (isWanted(trigger)) return trigger;
        if (performance.now() - since > timeoutMs) throw new Error(`trigger ${id} does not become as wanted`);
        await sleep(pauseMs);
      }
    },
    steer: (id, verb) => persist(() => call('POST', `/v1/triggers/${id}/${verb}`)),
  };
}
