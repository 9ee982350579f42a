import type { Express } from 'express';
import express from 'express';
import type { Log } from '../app/ports.ts';
import { AppError } from '../domain/error.ts';
import type { AuditDeps } from './audit.ts';
import { createAuditRoutes } from './audit.ts';
import type { DeliveryDeps } from './deliveries.ts';
import { createDeliveries } from './deliveries.ts';
import type { HookDeps } from './hooks.ts';
import { createHooks } from './hooks.ts';
import { createOverview } from './overview.ts';
import { answerErrors } from './problem.ts';
import { only } from './refuse-method.ts';
import { reply } from './reply.ts';
import type { TriggerDeps } from './triggers.ts';
import { createTriggers } from './triggers.ts';

interface Deps {
  readonly hooks: HookDeps;
  readonly triggers: TriggerDeps;
  readonly deliveries: DeliveryDeps;
  readonly audit: AuditDeps;
  /** Resolves when the database can be written. */
  readonly checkStore: () => Promise<void>;
  readonly log: Log;
}

/** The service's whole HTTP side: each path and who answers it. */
export function createServer({ hooks, triggers, deliveries, audit, checkStore, log }: Deps): Express {
  const { draining } = triggers;
  const app = express().disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use((_request, response, next) => {
    response.set('x-content-type-options', 'nosniff');
    // A connection that is kept alive would hold up the stop.
    if (draining.aborted) response.set('connection', 'close');
    next();
  });
  app.get(
    '/healthz',
    reply(() => ({ status: 200, body: { status: 'ok' } })),
  );
  app.get(
    '/readyz',
    reply(async () => {
      if (draining.aborted) throw new AppError('storage_unavailable', 'the service is stopping');
      await checkStore();
      return { status: 200, body: { status: 'ready' } };
    }),
  );
  app.all(['/healthz', '/readyz'], only('GET'));
  app.use('/webhooks/gitlab', createHooks(hooks));
  app.use('/v1/triggers', createTriggers(triggers));
  app.use('/v1/overview', createOverview({ ...triggers, waiters: triggers.engine.waiters }));
  app.use('/v1/deliveries', createDeliveries(deliveries));
  app.use('/v1/audit', createAuditRoutes(audit));
  app.use(() => {
    throw new AppError('not_found', 'there is nothing at this path');
  });
  app.use(answerErrors(log));
  return app;
}
