import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Registry } from 'prom-client';
import { Gauge } from 'prom-client';

/** What is asked for when somebody looks. */
export interface Sources {
  /** How many triggers wait: without a pipeline yet, and with one. */
  readonly pending: () => Promise<{ readonly requested: number; readonly running: number }>;
  readonly waiters: () => number;
  /** How many projects have the sweep alone to tell of their pipelines. */
  readonly projectsWithoutHook: () => number;
  readonly version: string;
}

/** Gauges of what is known only when somebody asks. */
export function registerGauges(
  registry: Registry,
  { pending, waiters, projectsWithoutHook, version }: Sources,
): void {
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
    name: 'pipeline_trigger_projects_without_hook',
    help: 'Projects that pending triggers wait for and that have no healthy hook.',
    registers,
    collect() {
      this.set(projectsWithoutHook());
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
