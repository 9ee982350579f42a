import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Meter } from '../app/ports/meter.ts';
import { callbackResults, hookResults } from '../app/ports/meter.ts';
import type { Sources } from './gauges.ts';
import { registerGauges } from './gauges.ts';

/** The metrics of one service. */
export interface Metrics {
  readonly meter: Meter;
  /** Prometheus' text format. */
  readonly text: () => Promise<string>;
  readonly contentType: string;
  /** Adds the gauges that are read at each scrape. */
  readonly watch: (sources: Sources) => void;
}

/** GitLab gives whole seconds; values above an hour come from a sweep after a long outage. */
const lagBuckets = [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 3600];
const secondsOf = (ms: number): number => ms / 1000;

/** What is counted and measured, all of it in one registry but what is absent until it is known. */
// eslint-disable-next-line max-lines-per-function -- one declaration for each metric
function createInstruments(registry: Registry) {
  const registers = [registry];
  const hooks = new Counter({
    name: 'pipeline_trigger_hooks_total',
    help: 'Webhooks received, by result.',
    labelNames: ['result'],
    registers,
  });
  for (const result of hookResults) hooks.inc({ result }, 0);
  const requests = new Counter({
    name: 'pipeline_trigger_http_requests_total',
    help: 'Requests answered, by route and status; status "pending" for callers who have to go on waiting.',
    labelNames: ['route', 'status'],
    registers,
  });
  const hookLag = new Histogram({
    name: 'pipeline_trigger_hook_lag_seconds',
    help: 'From the time of an event in GitLab until its webhook was on disk.',
    buckets: lagBuckets,
    registers,
  });
  const releaseLag = new Histogram({
    name: 'pipeline_trigger_release_lag_seconds',
    help: 'From the time a pipeline ended in GitLab until a waiting caller was answered.',
    buckets: lagBuckets,
    registers,
  });
  const groupSize = new Histogram({
    name: 'pipeline_trigger_commit_deliveries',
    help: 'Deliveries stored in one commit.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
    registers,
  });
  const commitTime = new Histogram({
    name: 'pipeline_trigger_commit_seconds',
    help: 'Duration of a commit of deliveries.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers,
  });
  const sweepReads = new Counter({
    name: 'pipeline_trigger_sweep_reads_total',
    help: 'Requests of the sweep to GitLab: one pipeline, or a list.',
    registers,
  });
  const sweepRecovered = new Counter({
    name: 'pipeline_trigger_sweep_recovered_total',
    help: 'Outcomes discovered by polling because no webhook had reported them.',
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
    help: 'Requests left of GitLab’s rate limit, as last reported; absent where GitLab does not report it.',
    registers: [],
  });
  const plays = new Counter({
    name: 'pipeline_trigger_plays_total',
    help: 'Requests to play a manual job, by result.',
    labelNames: ['result'],
    registers,
  });
  for (const result of playResults) plays.inc({ result }, 0);

  const callbacks = new Counter({
    name: 'pipeline_trigger_callbacks_total',
    help: 'Attempts to deliver a callback, by result.',
    labelNames: ['result'],
    registers,
  });
  for (const result of callbackResults) callbacks.inc({ result }, 0);

  return {
    hooks,
    requests,
    hookLag,
    releaseLag,
    groupSize,
    commitTime,
    sweepReads,
    sweepRecovered,
    calls,
    rateLimit,
    plays,
    callbacks,
  };
}

/** Metrics of one service, in a registry of its own. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const {
    hooks,
    requests,
    hookLag,
    releaseLag,
    groupSize,
    commitTime,
    sweepReads,
    sweepRecovered,
    calls,
    rateLimit,
    plays,
    callbacks,
  } = createInstruments(registry);
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

/** The statuses that GitLab answers with; others, which a proxy may send, are counted as one. */
const knownStatuses = new Set([
  200, 201, 202, 204, 304, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504,
]);

/** The result of a request to GitLab. @param status null without an answer */
const statusLabel = (status: number | null): string => {
  if (status === null) return 'none';
  return knownStatuses.has(status) ? String(status) : `${Math.floor(status / 100)}xx`;
};

const playResults = ['played', 'refused', 'unclear'] as const;

/** The result of a play. @param status null without an answer */
function playResult(status: number | null): (typeof playResults)[number] {
  if (status === null || status >= 500) return 'unclear';
  return status < 300 ? 'played' : 'refused';
}
