import { createPageUrl } from '../api/approval-view.ts';
import type { Diagnostics } from '../app/diagnostics/diagnostics.ts';
import type { Clock } from '../app/ports/index.ts';
import type { ProjectHooks } from '../app/project-hooks/project-hooks.ts';
import { withArrivalTracking } from '../app/project-hooks/project-hooks.ts';
import type { Config } from '../config/config.ts';
import { readDelivery } from '../gitlab/webhooks/read-delivery.ts';
import { createApp } from '../http/app.ts';
import { createDashboard } from '../http/dashboard/dashboard.ts';
import { actorOf } from '../http/middleware/client-address.ts';
import type { EventStreams } from '../http/middleware/event-streams.ts';
import { createEventStreams } from '../http/middleware/event-streams.ts';
import { createServer } from '../http/server.ts';
import { version } from '../platform/version.ts';
import type { Access } from './access.ts';
import type { Core } from './core.ts';
import type { Telemetry } from './telemetry.ts';

interface Parts {
  readonly core: Core;
  readonly access: Access;
  readonly projectHooks: ProjectHooks;
  readonly diagnostics: Diagnostics;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** The warnings of the start. */
  readonly warnings: () => readonly string[];
  /** Aborts when the service stops: held requests are answered. */
  readonly draining: AbortSignal;
}

type AppDeps = Parameters<typeof createApp>[0];

/** The app and its server. */
export function createHttp(config: Config, parts: Parts) {
  const { core, access, projectHooks, telemetry, clock, warnings } = parts;
  const { store, callbacks, engine } = core;
  const { audit, authenticate, limits } = access;
  const { meter, metrics, tracer, tracing, lag, log } = telemetry;
  // One limit for the API's streams and those of the pages.
  const eventStreams = createEventStreams({ clock, limit: config.streamLimit });
  const app = createApp({
    traceRequest: tracing?.traceRequest,
    meter,
    hooks: {
      authenticator: access.authenticateHook,
      readDelivery,
      receiveDelivery: lag.measured(withArrivalTracking(engine.receiveDelivery, projectHooks.watch)),
      noteRefusal: access.noteHookRefusal,
      clock,
      meter,
      tracer,
    },
    projectHooks: { ...projectHooks, authenticate },
    triggers: triggerDeps(config, parts, eventStreams),
    deliveries: { inbox: store.inbox, applyDelivery: engine.applyDelivery, authenticate, audit },
    callbacks: { store: store.callbacks, callbacks, authenticate, audit },
    audit: { audit: store.audit, authenticate },
    dashboard: createPages(config, parts, eventStreams),
    noteOpen: limits.noteOpen,
    publicUrl: config.publicUrl,
    trustedProxies: config.trustedProxies,
    metrics: { metrics, authenticate },
    checkStore: store.check,
    warnings,
    version,
    log,
  });
  return { app, server: createServer(app, log) };
}

const triggerDeps = (
  config: Config,
  { core, access, diagnostics, telemetry, clock, draining }: Parts,
  eventStreams: EventStreams,
): AppDeps['triggers'] => ({
  engine: core.engine,
  diagnostics,
  released: telemetry.lag.released,
  tracer: telemetry.tracer,
  steerAs: access.steerAs,
  store: core.store.triggers,
  authenticate: access.authenticate,
  authorizer: access.authorizer,
  approvals: access.approvals,
  pageUrlOf: createPageUrl(config.publicUrl),
  resolveProject: access.resolveProject,
  defaults: {
    deadlineSeconds: config.deadlineSeconds,
    gitlabUrl: config.gitlabUrl,
    allowedGitlabUrls: config.allowedGitlabUrls,
    allowsCallback: core.clients.allowsCallback,
  },
  clock,
  eventStreams,
  pendingLimit: config.pendingLimit,
  draining,
});

const createPages = (
  { publicUrl }: Config,
  { core, access, projectHooks, diagnostics, telemetry, clock, draining }: Parts,
  eventStreams: EventStreams,
): AppDeps['dashboard'] =>
  createDashboard({
    engine: core.engine,
    diagnostics,
    hookOperations: projectHooks.operations,
    hookWatch: projectHooks.watch,
    steerAs: access.steerAs,
    authorizer: access.authorizer,
    approvals: access.approvals,
    actorOf: ({ request, caller }) => actorOf(request, caller),
    store: core.store.triggers,
    inbox: core.store.inbox,
    keys: access.keys,
    audit: access.audit,
    auditLog: core.store.audit,
    statistics: core.store.statistics,
    authenticate: access.authenticate,
    signIn: access.signIn,
    noteCall: access.limits.noteCall,
    noteRefusal: access.limits.noteRefusal,
    publicUrl,
    eventStreams,
    clock,
    log: telemetry.log,
    draining,
  });
