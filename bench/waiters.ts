import type { Holds } from '../test/support/in-process-hooks.ts';
import { percentile } from './figures.ts';
import type { HeldRequests } from './held-requests.ts';
import { holdAll, heldRequests, untilAllLeft } from './held-requests.ts';

const rounds = 3;

export interface WaiterFigures {
  readonly outcome: 'success' | 'failed';
  /** From the end of the pipeline to the first and to the last answer in the callers' hands, each round. */
  readonly firstMs: readonly number[];
  readonly lastMs: readonly number[];
  /** What held the event loop up at most while they were woken, each round. */
  readonly holds: readonly Holds[];
}

/** Ten thousand callers on connections that are kept alive wait for one trigger, and are woken. */
export const measureWaiters = (): Promise<readonly WaiterFigures[]> =>
  heldRequests({ inside: true }, async (held) => {
    const green = await measure(held, 'success');
    return [green, await measure(held, 'failed')];
  });

async function measure(held: HeldRequests, outcome: WaiterFigures['outcome']): Promise<WaiterFigures> {
  const times: Awaited<ReturnType<typeof wake>>[] = [];
  for (let round = 0; round < rounds; round += 1) times.push(await wake(held, outcome));
  return {
    outcome,
    firstMs: times.map(({ first }) => first),
    lastMs: times.map(({ last }) => last),
    holds: times.map(({ holds }) => holds),
  };
}

async function wake(held: HeldRequests, outcome: WaiterFigures['outcome']) {
  const { ask } = held.service;
  const { id, pipelineId, answers } = await holdAll(held);
  await ask({ holds: true });
  const since = performance.now();
  held.gitlab.apply(pipelineId, outcome === 'success' ? 'success' : 'drop', ['unit']);
  const delays = await Promise.all(answers.map(async (answered) => (await answered) - since));
  const holds = (await ask({ holds: true })) as Holds;
  await untilAllLeft(held, id);
  return { first: percentile(delays, 0), last: percentile(delays, 1), holds };
}
