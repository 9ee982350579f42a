import { Agent } from 'node:http';
import { deliverTaken } from './deliver.ts';
import { inParallel, median } from './figures.ts';
import { startPeer, startWebhookProgram } from './peers.ts';
import { processorMs } from './processor.ts';
import type { Row } from './table.ts';
import { compared } from './table.ts';
import type { ServiceProcess } from './start-service.ts';
import { startService } from './start-service.ts';

const requests = 4_000;

interface Target {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

interface Round {
  /** Answered hooks in a second. */
  readonly perSecond: number;
  /** Of the processor, for one hook. */
  readonly cpuMs: number;
}

const nowhere = 'http://127.0.0.1:1';
export const ours = 'pipeline-trigger';
export const express = 'Express, no work';

/** Rounds of all targets in turn within one run: what else the machine does then meets all of them. */
export async function runRounds(
  targets: readonly Target[],
  { rounds, concurrency }: { readonly rounds: number; readonly concurrency: number },
): Promise<ReadonlyMap<string, Round>> {
  const all = new Map<string, Round[]>(targets.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1)
    for (const target of targets) all.get(target.name)?.push(await oneRound(target, concurrency));
  return new Map(
    [...all].map(([name, of]) => [
      name,
      { perSecond: median(of.map((each) => each.perSecond)), cpuMs: median(of.map((each) => each.cpuMs)) },
    ]),
  );
}

async function oneRound({ url, pid }: Target, concurrency: number): Promise<Round> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const [since, before] = [performance.now(), processorMs(pid)];
  await inParallel(requests, concurrency, () => deliverTaken(url, agent));
  agent.destroy();
  const seconds = (performance.now() - since) / 1000;
  return { perSecond: requests / seconds, cpuMs: (processorMs(pid) - before) / requests };
}

const named = (name: string, { url, pid, stop }: Omit<Target, 'name'> | ServiceProcess): Target => ({
  name,
  url,
  pid,
  stop: () => stop(),
});

export const startOurs = async (): Promise<Target> =>
  named(ours, await startService(nowhere, { built: true }));
export const startExpress = async (): Promise<Target> => named(express, await startPeer('express'));

/** How many hooks a second are answered: by ours, each one on disk before its answer, and by servers that store nothing. */
export async function measureHooks(): Promise<readonly Row[]> {
  const webhook = await startWebhookProgram();
  const targets = [
    await startExpress(),
    named('node:http, no work', await startPeer('http')),
    await startOurs(),
    ...(webhook === undefined ? [] : [named('adnanh/webhook', webhook)]),
  ];
  try {
    const rows: Row[] = [];
    for (const concurrency of [32, 64]) {
      const rounds = await runRounds(targets, { rounds: 5, concurrency });
      const own = rounds.get(ours)?.perSecond ?? NaN;
      for (const [name, { perSecond }] of rounds)
        if (name !== ours)
          rows.push(
            compared(`hooks a second, ${concurrency} at a time`, own, {
              unit: '/s',
              limit: limits[name] ?? '',
              peer: { name, value: perSecond },
            }),
          );
    }
    return rows;
  } finally {
    for (const { stop } of targets) await stop();
  }
}

const limits: Readonly<Record<string, string>> = { [express]: 'ratio 0.5', 'adnanh/webhook': 'ratio 1' };

/** What is measured beside a hook, each against the service as it is shipped: time of the processor for a hook. */
export async function measureOptions(): Promise<readonly Row[]> {
  const collector = await startPeer('http');
  const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const sampled = {
    ...traced,
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.05',
  };
  const variants = {
    'without metrics': await startService(nowhere, { built: true, metered: false }),
    'each hook traced': await startService(nowhere, { built: true, env: traced }),
    'one hook in twenty traced': await startService(nowhere, { built: true, env: sampled }),
  };
  const targets = [await startOurs(), ...Object.entries(variants).map(([name, each]) => named(name, each))];
  try {
    const rounds = await runRounds(targets, { rounds: 3, concurrency: 32 });
    const usual = rounds.get(ours)?.cpuMs ?? NaN;
    return Object.keys(variants).map((name) =>
      compared(`processor for a hook, ${name}`, rounds.get(name)?.cpuMs ?? NaN, {
        unit: ' ms',
        limit: '',
        peer: { name: 'as shipped', value: usual },
      }),
    );
  } finally {
    for (const { stop } of targets) await stop();
    await collector.stop();
  }
}
