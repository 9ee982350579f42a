import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { Express } from 'express';
import type { ApiKeys } from '../app/access/api-keys.ts';
import { createApiKeys } from '../app/access/api-keys.ts';
import type { Audit } from '../app/access/audit.ts';
import { createAudit } from '../app/access/audit.ts';
import type { Callbacks } from '../app/callbacks/callback-sender.ts';
import { createCallbacks } from '../app/callbacks/callback-sender.ts';
import type { HookOperations } from '../app/project-hooks/hook-operations.ts';
import type { HookWatch } from '../app/project-hooks/hook-watch.ts';
import { createProjectHooks, withArrivalTracking } from '../app/project-hooks/project-hooks.ts';
import type { Engine } from '../app/create-engine.ts';
import { createEngine } from '../app/create-engine.ts';
import type { Diagnostics } from '../app/diagnostics/diagnostics.ts';
import { createDiagnostics } from '../app/diagnostics/diagnostics.ts';
import { logProgress } from '../app/engine/log-progress.ts';
import { createLagMeter } from '../app/deliveries/measure-lag.ts';
import type { Clock, Log } from '../app/ports/index.ts';
import { createAuthorizer } from '../app/access/authorize.ts';
import { createResolveProject } from '../app/access/resolve-project.ts';
import { noTracer } from '../app/ports/tracer.ts';
import { createAuditedSteering } from '../app/triggers/audited-steering.ts';
import { toConfigError } from '../config/startup-errors.ts';
import { systemClock, timeOfDay } from '../platform/clock.ts';
import type { StartWarnings } from './check-token.ts';
import { createStartWarnings } from './check-token.ts';
import type { CallAdapters } from './outbound-clients.ts';
import { composeCalls } from './outbound-clients.ts';
import { composeCallers } from './inbound-auth.ts';
import type { Config } from '../config/config.ts';
import type { TriggerId } from '../domain/ids.ts';
import { createDashboard } from '../http/dashboard/dashboard.ts';
import { readDelivery } from '../gitlab/webhooks/read-delivery.ts';
import { parsePayload } from '../gitlab/webhooks/parse-payload.ts';
import { actorOf } from '../http/middleware/client-address.ts';
import { createEventStreams } from '../http/middleware/event-streams.ts';
import { createServer } from '../http/server.ts';
import { createApp } from '../http/app.ts';
import { triggerView } from '../api/trigger-view.ts';
import { keySecrets, newKeyId } from '../store/key-secret.ts';
import type { Store } from '../store/open-store.ts';
import { openStore } from '../store/open-store.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import type { Tracing } from '../telemetry/tracing/start-tracing.ts';
import { version } from '../platform/version.ts';

/** The whole service, short of listening. */
export interface Service {
  readonly app: Express;
  /** The app, behind what it takes to listen. */
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
  /** Tells everybody who waits to come back later; after it no request is held any more. */
  readonly drain: () => void;
}

/** What a service is wired to; real unless given. */
export interface Adapters extends CallAdapters {
  readonly log: Log;
  readonly clock?: Clock;
  /** The time of day, which signatures are compared with. */
  readonly now?: () => number;
  readonly openStore?: typeof openStore;
  /** How many lines of the log could not be written. */
  readonly droppedLogLines?: () => number;
}

/** Wires everything: the only file that knows every adapter. */
export async function compose(
  config: Config,
  {
    log: plainLog,
    clock = systemClock,
    now = timeOfDay,
    openStore: open = openStore,
    droppedLogLines = () => 0,
    ...adapters
  }: Adapters,
): Promise<Service> {
  const metrics = createMetrics();
  const { meter } = metrics;
  const { measured, released } = createLagMeter(meter, clock);
  const tracing = await tracingOf(config, plainLog);
  const tracer = tracing?.tracer ?? noTracer;
  const log = tracing?.log(plainLog) ?? plainLog;
  const store = await open({
    url: config.databaseUrl,
    encryptionKeys: config.encryptionKeys,
    parsePayload,
    log,
    committed(deliveries, ms) {
      meter.committed(deliveries.length, ms);
      tracing?.committed(deliveries, ms);
    },
  }).catch(toConfigError);
  const draining = new AbortController();
  const calls = composeCalls(config, { adapters, clock, meter, tracer, stopping: draining.signal });
  const callbacks = createCallbacks({
    store: store.callbacks,
    triggers: store.triggers,
    post: calls.postCallback,
    bodyOf: (trigger) => JSON.stringify(triggerView(trigger, 0)),
    clock,
    log,
    meter,
  });
  const quietMs = config.sweepSeconds * 1000;
  const serviceAccess = {
    gitlabUrl: config.gitlabUrl,
    apiToken: config.gitlabToken,
    triggerToken: config.gitlabTriggerToken,
  };
  const engine = createEngine({
    store: store.triggers,
    inbox: tracing?.inbox(store.inbox) ?? store.inbox,
    connectGitLab: calls.connectGitLab,
    service: serviceAccess,
    webhookTrust: config.webhookTrust,
    clock,
    log,
    newTriggerId: () => `trg_${randomUUID().replaceAll('-', '')}` as TriggerId,
    quietMs,
    meter,
    tracer,
    onFinished: callbacks.wake,
    progressed: logProgress(log),
  });
  const startWarnings = createStartWarnings({ log, now });
  const audit = createAudit({ store: store.audit, clock, log });
  const keys = createApiKeys({ store: store.keys, secrets: keySecrets, newId: newKeyId, clock, audit });
  const { hookSecrets, authenticateHook, noteHookRefusal, limits, authenticate } = composeCallers(config, {
    keys,
    clock,
    now,
    log,
    tracer,
  });
  const steerAs = createAuditedSteering({ steer: engine.steer, audit });
  const policy = config.policy ?? { rules: [] };
  const authorizer = createAuthorizer({ policy, log });
  const { operations: hookOperations, watch: hookWatch } = createProjectHooks({
    gitlab: calls.hooks,
    gitlabUrl: config.gitlabUrl,
    publicUrl: config.publicUrl,
    secrets: hookSecrets,
    store: store.triggers,
    inbox: store.inbox,
    audit,
    clock,
    log,
    quietMs,
  });
  metrics.watch({
    pending: () => store.triggers.countPending(),
    waiters: () => engine.waiters.total(),
    projectsWithoutHook: () => hookWatch.projectsWithoutHook().length,
    droppedLogLines,
    version,
  });
  const diagnostics = createDiagnostics({ store, hookWatch, clock, log });
  const eventStreams = createEventStreams({ clock, limit: config.streamLimit });
  const app = createApp({
    traceRequest: tracing?.traceRequest,
    meter,
    hooks: {
      authenticator: authenticateHook,
      readDelivery,
      receiveDelivery: measured(withArrivalTracking(engine.receiveDelivery, hookWatch)),
      noteRefusal: noteHookRefusal,
      clock,
      meter,
      tracer,
    },
    projectHooks: { operations: hookOperations, watch: hookWatch, authenticate },
    triggers: {
      engine,
      diagnostics,
      released,
      tracer,
      steerAs,
      store: store.triggers,
      authenticate,
      authorizer,
      resolveProject: createResolveProject({
        policy,
        nameProject: calls.nameProject,
        service: serviceAccess,
      }),
      defaults: {
        deadlineSeconds: config.deadlineSeconds,
        gitlabUrl: config.gitlabUrl,
        allowedGitlabUrls: config.allowedGitlabUrls,
        allowsCallback: calls.allowsCallback,
      },
      clock,
      eventStreams,
      pendingLimit: config.pendingLimit,
      draining: draining.signal,
    },
    deliveries: { inbox: store.inbox, applyDelivery: engine.applyDelivery, authenticate, audit },
    callbacks: { store: store.callbacks, callbacks, authenticate, audit },
    audit: { audit: store.audit, authenticate },
    dashboard: createDashboard({
      engine,
      diagnostics,
      hookOperations,
      hookWatch,
      steerAs,
      authorizer,
      actorOf: ({ request, caller }) => actorOf(request, caller),
      store: store.triggers,
      inbox: store.inbox,
      keys,
      audit,
      auditLog: store.audit,
      authenticate,
      publicUrl: config.publicUrl,
      eventStreams,
      clock,
      log,
      draining: draining.signal,
    }),
    noteOpen: limits.noteOpen,
    publicUrl: config.publicUrl,
    trustedProxies: config.trustedProxies,
    metrics: { metrics, authenticate },
    checkStore: store.check,
    warnings: startWarnings.list,
    version,
    log,
  });
  const close = async (): Promise<void> => {
    await diagnostics.responses.flush();
    await store.close();
    await tracing?.close();
  };
  return {
    app,
    server: createServer(app, log),
    engine,
    callbacks,
    keys,
    audit,
    diagnostics,
    hookOperations,
    hookWatch,
    startWarnings,
    store: { ...store, close },
    drain: () => draining.abort(),
  };
}

/** Null where nobody asks for traces: then nothing of OpenTelemetry is even loaded. */
async function tracingOf({ tracing }: Config, log: Log): Promise<Tracing | null> {
  if (tracing === null) return null;
  const { startTracing } = await import('../telemetry/tracing/start-tracing.ts');
  return startTracing(tracing, { log, version });
}
