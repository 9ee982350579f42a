import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Meter } from '../app/ports/meter.ts';
import { callbackResults, hookResults } from '../app/ports/meter.ts';
import { playResult, playResults, statusLabel } from './labels.ts';
import type { Sources } from './gauges.ts';
import { registerGauges } from './gauges.ts';

/** What is measured, and how a scraper is told. */
export interface Metrics {
  readonly meter: Meter;
  /** Prometheus' text format. */
  readonly text: () => Promise<string>;
  readonly contentType: string;
  /** From here on it can be asked for what it does not count itself. */
  readonly watch: (sources: Sources) => void;
}

/** GitLab tells whole seconds; what takes longer than an hour is found by a sweep after a long outage. */
const lagBuckets = [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 3600];
const secondsOf = (ms: number): number => ms / 1000;

/** Metrics of one service, in a registry of its own. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const hooks = new Counter({
    name: 'pipeline_trigger_hooks_total',
    help: 'Hooks received, by what became of them.',
    labelNames: ['result'],
    registers,
  });
  for (const result of hookResults) hooks.inc({ result }, 0);
  const requests = new Counter({
    name: 'pipeline_trigger_http_requests_total',
    help: 'Requests answered, by route and status; status "pending" for who is told to go on waiting.',
    labelNames: ['route', 'status'],
    registers,
  });
  const hookLag = new Histogram({
    name: 'pipeline_trigger_hook_lag_seconds',
    help: 'From the time GitLab gives an event until its hook was on disk.',
    buckets: lagBuckets,
    registers,
  });
  const releaseLag = new Histogram({
    name: 'pipeline_trigger_release_lag_seconds',
    help: 'From the time GitLab gives the end of a pipeline until one who waited was answered.',
    buckets: lagBuckets,
    registers,
  });
  const groupSize = new Histogram({
    name: 'pipeline_trigger_commit_deliveries',
    help: 'Deliveries that went to disk together.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
    registers,
  });
  const commitTime = new Histogram({
    name: 'pipeline_trigger_commit_seconds',
    help: 'How long a group of deliveries took to be on disk.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers,
  });
  const sweepReads = new Counter({
    name: 'pipeline_trigger_sweep_reads_total',
    help: 'Requests of the sweep to GitLab: for one pipeline, or a list of them.',
    registers,
  });
  const sweepRecovered = new Counter({
    name: 'pipeline_trigger_sweep_recovered_total',
    help: 'Outcomes that the sweep found before any hook told of them.',
    registers,
  });
  const calls = new Histogram({
    name: 'pipeline_trigger_gitlab_request_seconds',
    help: 'Requests to GitLab, by route and status; status "none" for no answer.',
    labelNames: ['route', 'status'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const rateLimit = new Gauge({
    name: 'pipeline_trigger_gitlab_rate_limit_remaining',
    help: 'Requests left of GitLab’s rate limit, as it last said; none where it does not say.',
    registers: [],
  });
  const plays = new Counter({
    name: 'pipeline_trigger_plays_total',
    help: 'Manual jobs that GitLab was asked to play, by its answer.',
    labelNames: ['result'],
    registers,
  });
  for (const result of playResults) plays.inc({ result }, 0);

  const callbacks = new Counter({
    name: 'pipeline_trigger_callbacks_total',
    help: 'Tries to deliver a callback, by what came of them.',
    labelNames: ['result'],
    registers,
  });
  for (const result of callbackResults) callbacks.inc({ result }, 0);

  const meter: Meter = {
    hookReceived: (result) => hooks.inc({ result }),
    requestAnswered: (route, answer) => requests.inc({ route, status: String(answer) }),
    hookStored: (ms) => hookLag.observe(secondsOf(ms)),
    committed(deliveries, ms) {
      groupSize.observe(deliveries);
      commitTime.observe(secondsOf(ms));
    },
    waiterReleased: (ms) => releaseLag.observe(secondsOf(ms)),
    sweepRead: () => sweepReads.inc(),
    sweepRecovered: () => sweepRecovered.inc(),
    gitlabAnswered(route, status, ms) {
      calls.observe({ route, status: statusLabel(status) }, secondsOf(ms));
      if (route.endsWith('/play')) plays.inc({ result: playResult(status) });
    },
    callbackTried: (result) => callbacks.inc({ result }),
    rateLimitLeft(left) {
      registry.registerMetric(rateLimit);
      rateLimit.set(left);
    },
  };

  return {
    meter,
    text: () => registry.metrics(),
    contentType: registry.contentType,
    watch: (sources) => registerGauges(registry, sources),
  };
}
