import { readFileSync } from 'node:fs';
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

/** What the service weighs, in MiB: with nobody, while all are held, and at most over all rounds. */
export interface WaiterMemory {
  readonly idle: number;
  readonly held: number;
  readonly peak: number;
}

/** Ten thousand callers on connections that are kept alive wait for one trigger, and are woken. */
export const measureWaiters = (): Promise<readonly WaiterFigures[]> =>
  heldRequests({ inside: true }, async (held) => {
    const green = await measure(held, 'success');
    return [green, await measure(held, 'failed')];
  });

/** The same, for its memory: of the service as it is installed, with nothing of ours inside. */
export async function measureWaiterMemory(): Promise<WaiterMemory> {
  let [idle, most] = [0, 0];
  return heldRequests(
    { built: true },
    async (held) => {
      const { pid } = held.service;
      for (let round = 0; round < rounds; round += 1)
        await wake(held, 'success', () => {
          most = Math.max(most, residentMiB(pid, 'VmRSS'));
        });
      return { idle, held: most, peak: residentMiB(pid, 'VmHWM') };
    },
    ({ pid }) => {
      idle = residentMiB(pid, 'VmRSS');
    },
  );
}

/** Source: proc_pid_status(5) */
function residentMiB(pid: number, name: 'VmRSS' | 'VmHWM'): number {
  const [, kilobytes] =
    new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

async function measure(held: HeldRequests, outcome: WaiterFigures['outcome']): Promise<WaiterFigures> {
  const times: Awaited<ReturnType<typeof wake>>[] = [];
  for (let round = 0; round < rounds; round += 1) times.push(await wake(held, outcome));
  return {
    outcome,
    firstMs: times.map(({ first }) => first),
    lastMs: times.map(({ last }) => last),
    holds: times.flatMap(({ holds }) => holds ?? []),
  };
}

async function wake(
  held: HeldRequests,
  outcome: WaiterFigures['outcome'],
  /** Instead of asking what holds the service up. */
  look: (() => void) | null = null,
) {
  const { ask } = held.service;
  const { id, pipelineId, answers } = await holdAll(held);
  if (look === null) await ask({ holds: true });
  else look();
  const since = performance.now();
  held.gitlab.apply(pipelineId, outcome === 'success' ? 'success' : 'drop', ['unit']);
  const delays = await Promise.all(answers.map(async (answered) => (await answered) - since));
  const holds = look === null ? ((await ask({ holds: true })) as Holds) : null;
  await untilAllLeft(held, id);
  return { first: percentile(delays, 0), last: percentile(delays, 1), holds };
}
