import type { RequestListener } from 'node:http';
import { Agent, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { deliverTaken } from './deliver.ts';
import { inParallel, median } from './figures.ts';
import { startService } from './start-service.ts';

const requests = 4_000;
const concurrency = 32;
const rounds = 3;

export interface HookFigures {
  readonly name: string;
  /** Answered hooks in a second: the median of the rounds. */
  readonly perSecond: number;
}

/**
 * How many hooks a second are answered: by ours, each one on disk before its answer, and by servers that do nothing,
 * in turn within one run.
 */
export async function createLagMeter(): Promise<readonly HookFigures[]> {
  const answer: RequestListener = (incoming, outgoing) => {
    incoming.resume().on('end', () => outgoing.writeHead(202).end());
  };
  const bare = await listen(answer);
  const idle = await listen(
    express().post('/webhooks/gitlab', express.raw({ type: () => true }), (_request, response) => {
      response.status(202).end();
    }),
  );
  const collector = await listen((incoming, outgoing) => {
    incoming.resume().on('end', () => outgoing.end());
  });
  const service = await startService('http://127.0.0.1:1');
  const unmetered = await startService('http://127.0.0.1:1', { metered: false });
  const traced = await startService('http://127.0.0.1:1', {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
  });
  const sampled = await startService('http://127.0.0.1:1', {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.05',
    },
  });
  const targets = [
    { name: 'node:http, no work', url: bare.url },
    { name: 'Express 5, no work', url: idle.url },
    { name: 'pipeline-trigger, each hook on disk', url: service.url },
    { name: '… without metrics', url: unmetered.url },
    { name: '… each of them traced', url: traced.url },
    { name: '… one in twenty traced', url: sampled.url },
  ];
  try {
    const rates = new Map<string, number[]>(targets.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round += 1)
      for (const { name, url } of targets) rates.get(name)?.push(await rateOf(url));
    return targets.map(({ name }) => ({ name, perSecond: median(rates.get(name) ?? []) }));
  } finally {
    for (const each of [service, unmetered, traced, sampled]) await each.stop();
    collector.close();
    bare.close();
    idle.close();
  }
}

async function rateOf(url: string): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const startedAt = performance.now();
  await inParallel(requests, concurrency, () => deliverTaken(url, agent));
  agent.destroy();
  return requests / ((performance.now() - startedAt) / 1000);
}

async function listen(listener: RequestListener): Promise<{ url: string; close: () => void }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
