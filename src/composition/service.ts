import type { Server } from 'node:http';
import type { Express } from 'express';
import type { ApiKeys } from '../app/access/api-keys.ts';
import type { Audit } from '../app/access/audit.ts';
import type { Callbacks } from '../app/callbacks/callback-sender.ts';
import type { Engine } from '../app/create-engine.ts';
import type { Diagnostics } from '../app/diagnostics/diagnostics.ts';
import { createDiagnostics } from '../app/diagnostics/diagnostics.ts';
import type { Clock, Log } from '../app/ports/index.ts';
import type { HookOperations } from '../app/project-hooks/hook-operations.ts';
import type { HookWatch } from '../app/project-hooks/hook-watch.ts';
import type { Config } from '../config/config.ts';
import { systemClock, timeOfDay } from '../platform/clock.ts';
import { oneByOne } from '../http/middleware/turns.ts';
import { version } from '../platform/version.ts';
import type { Store } from '../store/open-store.ts';
import { openStore as openStoreOnDisk } from '../store/open-store.ts';
import { createAccess } from './access.ts';
import type { StartWarnings } from './start-warnings.ts';
import { createStartWarnings } from './start-warnings.ts';
import { createCore } from './core.ts';
import { createHookMaintenance } from './hook-maintenance.ts';
import { createHttp } from './http.ts';
import type { CallAdapters } from './outbound-clients.ts';
import { createTelemetry } from './telemetry.ts';

/** The whole service, before it listens. */
export interface Service {
  readonly app: Express;
  /** The app's server. */
  readonly server: Server;
  readonly engine: Engine;
  readonly callbacks: Callbacks;
  readonly keys: ApiKeys;
  readonly audit: Audit;
  readonly diagnostics: Diagnostics;
  readonly hookOperations: HookOperations;
  readonly hookWatch: HookWatch;
  readonly startWarnings: StartWarnings;
  readonly store: Store;
  /** Answers every waiting caller with 503; from then on no request is held. */
  readonly drain: () => void;
}

/** The environment of a service; the real one unless given. */
export interface Adapters extends CallAdapters {
  readonly log: Log;
  readonly clock?: Clock;
  /** The time of day, by which signatures are checked. */
  readonly now?: () => number;
  readonly openStore?: typeof openStoreOnDisk;
  /** The number of log lines that could not be written. */
  readonly droppedLogLines?: () => number;
}

/**
 * Wires the service, part by part; each part is a file beside this one.
 * @throws ConfigError where the database cannot be opened
 */
export async function createService(
  config: Config,
  {
    log: plainLog,
    clock = systemClock,
    now = timeOfDay,
    openStore = openStoreOnDisk,
    droppedLogLines = () => 0,
    ...adapters
  }: Adapters,
): Promise<Service> {
  const stop = new AbortController();
  const draining = stop.signal;
  const telemetry = await createTelemetry(config, { log: plainLog, clock });
  const { log, metrics, tracing } = telemetry;
  const core = await createCore(config, { adapters, openStore, clock, telemetry, draining });
  const { store, engine, callbacks } = core;
  const access = createAccess(config, { core, clock, now, telemetry });
  const projectHooks = createHookMaintenance(config, { core, access, clock, log });
  const { operations: hookOperations, watch: hookWatch } = projectHooks;
  const { showHistory, ...others } = createDiagnostics({ store, hookWatch, clock, log });
  // A thousand lines, and the webhooks of thousands of jobs: tens of milliseconds of processor time.
  const diagnostics = { ...others, showHistory: oneByOne(showHistory) };
  const startWarnings = createStartWarnings({ log, now });
  const warnings = startWarnings.list;
  const parts = { core, access, projectHooks, diagnostics, telemetry, clock, warnings, draining };
  const { app, server } = createHttp(config, parts);
  metrics.watch({
    pending: () => store.triggers.countPending(),
    waiters: () => engine.waiters.total(),
    projectsWithoutHook: () => hookWatch.projectsWithoutHook().length,
    droppedLogLines,
    version,
  });
  const close = async (): Promise<void> => {
    await diagnostics.responses.flush();
    await store.close();
    await tracing?.close();
  };
  return {
    ...{ app, server, engine, callbacks, diagnostics, hookOperations, hookWatch, startWarnings },
    keys: access.keys,
    audit: access.audit,
    store: { ...store, close },
    drain: () => stop.abort(),
  };
}
