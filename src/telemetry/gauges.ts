import type { Registry } from 'prom-client';
import { collectDefaultMetrics, Counter, Gauge } from 'prom-client';

/** The sources of the gauges, read at each scrape. */
export interface Sources {
  /** The pending triggers: without a pipeline yet, and with one. */
  readonly pending: () => Promise<{ readonly requested: number; readonly running: number }>;
  readonly waiters: () => number;
  /** The projects whose pipelines are only polled, since no webhook reports on them. */
  readonly projectsWithoutHook: () => number;
  /** How many lines of the log could not be written, since the start. */
  readonly droppedLogLines: () => number;
  readonly version: string;
}

/** Registers the gauges that are read at each scrape, and prom-client's own of the process (memory, event loop, descriptors). */
export function registerGauges(
  registry: Registry,
  { pending, waiters, projectsWithoutHook, droppedLogLines, version }: Sources,
): void {
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'pipeline_trigger_pending_triggers',
    help: 'Pending triggers: their pipeline requested of GitLab, or running there.',
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
    help: 'Callers waiting now: held requests and event streams.',
    registers,
    collect() {
      this.set(waiters());
    },
  });
  new Gauge({
    name: 'pipeline_trigger_projects_without_hook',
    help: 'Projects of pending triggers that have no healthy webhook.',
    registers,
    collect() {
      this.set(projectsWithoutHook());
    },
  });
  new Counter({
    name: 'pipeline_trigger_log_lines_dropped_total',
    help: 'Log lines that could not be written.',
    registers,
    collect() {
      this.reset();
      this.inc(droppedLogLines());
    },
  });
  new Gauge({
    name: 'pipeline_trigger_build_info',
    help: 'Always 1; the version is the label.',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1);
}
