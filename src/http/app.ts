import type { Express, RequestHandler } from 'express';
import express from 'express';
import type { Meter } from '../app/ports/meter.ts';
import { noMeter } from '../app/ports/meter.ts';
import type { Log } from '../app/ports/index.ts';
import { AppError } from '../domain/error.ts';
import { addressOf } from './middleware/client-address.ts';
import type { AuditDeps } from './api/audit.ts';
import { createAuditRoutes } from './api/audit.ts';
import type { CallbackDeps } from './api/callbacks.ts';
import { createCallbackRoutes } from './api/callbacks.ts';
import { countRequests } from './api/count-requests.ts';
import type { DeliveryDeps } from './api/deliveries.ts';
import { createDeliveries } from './api/deliveries.ts';
import type { WebhookDeps } from './webhooks.ts';
import { createWebhooks } from './webhooks.ts';
import { createErrorHandler } from './middleware/problem.ts';
import { readForwardedFor } from './middleware/forwarded-for.ts';
import { answerServerOptions } from './middleware/method-not-allowed.ts';
import { createPathReader } from './middleware/request-path.ts';
import { nameRequests } from './middleware/request-id.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import type { ProjectHookDeps } from './api/project-hooks.ts';
import { createProjectHookRoutes } from './api/project-hooks.ts';
import { createServiceRoutes } from './api/service.ts';
import type { MetricsDeps } from './api/service.ts';
import type { TriggerDeps } from './api/triggers.ts';
import { createTriggers } from './api/triggers.ts';

interface Deps {
  /** Sees each request first, where somebody wants to know where time goes. */
  readonly traceRequest?: RequestHandler | undefined;
  readonly meter?: Pick<Meter, 'requestAnswered'>;
  readonly hooks: WebhookDeps;
  readonly projectHooks: ProjectHookDeps;
  readonly triggers: TriggerDeps;
  readonly deliveries: DeliveryDeps;
  readonly callbacks: CallbackDeps;
  readonly audit: AuditDeps;
  /** Pages for people, at all paths but those of the contract. */
  readonly dashboard: RequestHandler;
  /** Counts a request that needs no token. @throws AppError `too_many_requests` */
  readonly noteOpen: (address: string) => Promise<void>;
  readonly publicUrl: string | null;
  /** Addresses of the proxies that say truly whom a request comes from. */
  readonly trustedProxies: readonly string[];
  readonly metrics: MetricsDeps;
  /** Resolves when the database can be written. */
  readonly checkStore: () => Promise<void>;
  /** The warnings of the start. */
  readonly warnings: () => readonly string[];
  /** The version of this package. */
  readonly version: string;
  readonly log: Log;
}

/** The service's whole HTTP side: each path and who answers it. */
export function createApp(deps: Deps): Express {
  const {
    hooks,
    projectHooks,
    triggers,
    deliveries,
    callbacks,
    audit,
    dashboard,
    noteOpen,
    publicUrl,
    trustedProxies,
    checkStore,
    warnings,
    version,
    log,
  } = deps;
  const { draining } = triggers;
  const app = express().disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.set('trust proxy', [...trustedProxies]);
  app.use(answerServerOptions);
  app.use(createPathReader(publicUrl));
  app.use(readForwardedFor);
  if (deps.traceRequest !== undefined) app.use(deps.traceRequest);
  app.use(countRequests(deps.meter ?? noMeter));
  app.use(nameRequests);
  app.use((_request, response, next) => {
    response.set('x-content-type-options', 'nosniff');
    // A connection that is kept alive would hold up the stop.
    if (draining.aborted) response.set('connection', 'close');
    next();
  });
  app.use(createServiceRoutes({ checkStore, warnings, version, publicUrl, draining, ...deps.metrics }));
  app.use(createWebhooks(hooks));
  app.use(createTriggers(triggers));
  app.use(createDeliveries(deliveries));
  app.use(createCallbackRoutes(callbacks));
  app.use(createProjectHookRoutes(projectHooks));
  app.use(createAuditRoutes(audit));
  // What follows is what browsers show. Probes are not counted: a flood must not have the service killed.
  app.use(async (request, _response, next) => {
    await noteOpen(addressOf(request));
    next();
  });
  app.use(securityHeaders(publicUrl));
  app.use(dashboard);
  app.use(() => {
    throw new AppError('not_found', 'there is nothing at this path');
  });
  app.use(createErrorHandler(log));
  return app;
}
