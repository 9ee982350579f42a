import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Meter } from '../app/meter.ts';

/** What is asked for when somebody looks. */
interface Sources {
  /** How many triggers wait: without a pipeline yet, and with one. */
  readonly pending: () => Promise<{ readonly requested: number; readonly running: number }>;
  readonly waiters: () => number;
  readonly version: string;
}

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
  for (const result of ['accepted', 'duplicate', 'ignored', 'refused', 'failed']) hooks.inc({ result }, 0);
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
  const sweepSaves = new Counter({
    name: 'pipeline_trigger_sweep_saves_total',
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
  for (const result of ['played', 'refused', 'unclear']) plays.inc({ result }, 0);

  const meter: Meter = {
    hookReceived: (result) => hooks.inc({ result }),
    hookStored: (ms) => hookLag.observe(secondsOf(ms)),
    committed(deliveries, ms) {
      groupSize.observe(deliveries);
      commitTime.observe(secondsOf(ms));
    },
    waiterReleased: (ms) => releaseLag.observe(secondsOf(ms)),
    sweepRead: () => sweepReads.inc(),
    sweepSaved: () => sweepSaves.inc(),
    gitlabAnswered(route, status, ms) {
      calls.observe({ route, status: statusLabel(status) }, secondsOf(ms));
      if (route.endsWith('/play')) plays.inc({ result: playResult(status) });
    },
    rateLimitLeft(requests) {
      registry.registerMetric(rateLimit);
      rateLimit.set(requests);
    },
  };

  return {
    meter,
    text: () => registry.metrics(),
    contentType: registry.contentType,
    watch: (sources) => watchSources(registry, sources),
  };
}

function watchSources(registry: Registry, { pending, waiters, version }: Sources): void {
  const registers = [registry];
  const loop = monitorEventLoopDelay({ resolution: 20 });
  loop.enable();
  new Gauge({
    name: 'pipeline_trigger_pending_triggers',
    help: 'Triggers that are waited for: requested of GitLab, or running there.',
    labelNames: ['state'],
    registers,
    async collect() {
      const { requested, running } = await pending();
      this.set({ state: 'requested' }, requested);
      this.set({ state: 'running' }, running);
    },
  });
  new Gauge({
    name: 'pipeline_trigger_waiters',
    help: 'Callers who are held or follow events just now.',
    registers,
    collect() {
      this.set(waiters());
    },
  });
  new Gauge({
    name: 'pipeline_trigger_event_loop_lag_seconds',
    help: 'How late the event loop was since the last scrape, at the 99th percentile.',
    registers,
    collect() {
      // What is measured is the time between two turns, 20 ms of which are wanted.
      const p99 = loop.percentile(99) / 1e9 - 0.02;
      this.set(Number.isFinite(p99) ? Math.max(p99, 0) : 0);
      loop.reset();
    },
  });
  new Gauge({
    name: 'pipeline_trigger_resident_memory_bytes',
    help: 'Memory of the process.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: 'pipeline_trigger_build_info',
    help: 'Always 1; the version is the label.',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1);
}

/** Those that GitLab is known to answer with; what a proxy makes up is folded. */
const knownStatuses = new Set([
  200, 201, 202, 204, 304, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504,
]);

const statusLabel = (status: number | null): string => {
  if (status === null) return 'none';
  return knownStatuses.has(status) ? String(status) : `${Math.floor(status / 100)}xx`;
};

function playResult(status: number | null): 'played' | 'refused' | 'unclear' {
  if (status === null || status >= 500) return 'unclear';
  return status < 300 ? 'played' : 'refused';
}
