import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { holdDatabase } from '../test/support/hold-database.ts';
import type { Holds } from '../test/support/in-process-hooks.ts';
import { atPace, deliver } from './deliver.ts';
import { percentile } from './figures.ts';
import type { ServiceProcess } from './start-service.ts';
import { startService } from './start-service.ts';

const hooksPerSecond = 100;
const seconds = 10;

/** What is done to the database; what it gives undoes it. */
const troubles: Readonly<Record<string, (service: ServiceProcess) => Promise<() => Promise<unknown>>>> = {
  'no trouble': () => Promise.resolve(() => Promise.resolve()),
  'held by somebody else': ({ databaseFile }) => holdDatabase(databaseFile),
  full: async ({ ask }) => {
    await ask({ pragma: 'max_page_count = 1' });
    return () => ask({ pragma: 'max_page_count = 4294967294' });
  },
  'read-only': async ({ ask }) => {
    await ask({ pragma: 'query_only = ON' });
    return () => ask({ pragma: 'query_only = OFF' });
  },
};

export interface StorageFigures {
  readonly trouble: string;
  /** How many hooks were answered so. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Until a hook was answered. */
  readonly p50: number;
  readonly longest: number;
  /** What held the event loop up at most. */
  readonly holds: Holds;
  /** From the end of the trouble to the first hook that is taken. */
  readonly recoveryMs: number;
}

/** What hooks meet that come at a steady rate while the database cannot be written. */
export async function measureStorage(): Promise<readonly StorageFigures[]> {
  const figures: StorageFigures[] = [];
  for (const trouble of Object.keys(troubles)) {
    const service = await startService('http://127.0.0.1:1', { inside: true });
    try {
      figures.push(await measure(service, trouble));
    } finally {
      await service.stop();
    }
  }
  return figures;
}

async function measure(service: ServiceProcess, trouble: string): Promise<StorageFigures> {
  const agent = new Agent({ keepAlive: true });
  for (let count = 0; count < 200; count += 1) await deliver(service.url, agent);
  const end = await troubles[trouble]?.(service);
  await service.ask({ holds: true });
  const answered = await atPace(hooksPerSecond, seconds, () => deliver(service.url, agent));
  const holds = (await service.ask({ holds: true })) as Holds;
  await end?.();
  const endedAt = performance.now();
  for (let tries = 0; tries < 1_000 && (await deliver(service.url, agent)).status !== 202; tries += 1)
    await sleep(10);
  const recoveryMs = performance.now() - endedAt;
  agent.destroy();
  const times = answered.map(({ ms }) => ms);
  return {
    trouble,
    statuses: Object.fromEntries(
      Object.entries(Object.groupBy(answered, ({ status }) => status)).map(([status, of]) => [
        status,
        of?.length ?? 0,
      ]),
    ),
    p50: percentile(times, 0.5),
    longest: percentile(times, 1),
    holds,
    recoveryMs,
  };
}
