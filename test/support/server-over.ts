import type { Express } from 'express';
import { createAuthorizer } from '../../src/app/access/authorize.ts';
import type { ReceiveDelivery } from '../../src/app/deliveries/receive-delivery.ts';
import { createPageUrl } from '../../src/api/approval-view.ts';
import { createApprovals } from '../../src/app/triggers/decide-approval.ts';
import { createAuditedSteering } from '../../src/app/triggers/audited-steering.ts';
import type { Log } from '../../src/app/ports/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { readDelivery } from '../../src/gitlab/webhooks/read-delivery.ts';
import type { Authenticate } from '../../src/http/middleware/authenticate.ts';
import { createEventStreams } from '../../src/http/middleware/event-streams.ts';
import { createApp } from '../../src/http/app.ts';
import type { TestService } from './start-service.ts';
import { quiet } from './start-service.ts';

interface Others {
  readonly authenticate?: Authenticate;
  readonly checkStore?: () => Promise<void>;
  /** Every hook is believed, and taken in so. */
  readonly receiveDelivery?: ReceiveDelivery;
  readonly warnings?: () => readonly string[];
  readonly log?: Log;
}

/** The HTTP side of a service once more, with other callers or another database. */
export function serverOver({ service, simulator }: TestService, others: Others): Express {
  const { engine, callbacks, audit, diagnostics, store } = service;
  const {
    authenticate = () => Promise.resolve(null),
    checkStore = store.check,
    receiveDelivery,
    warnings = () => [],
    log = quiet,
  } = others;
  return createApp({
    hooks: {
      authenticator: {
        byHeaders: () => (receiveDelivery === undefined ? 'no' : 'yes'),
        byBody: () => Promise.resolve(null),
      },
      readDelivery,
      receiveDelivery: receiveDelivery ?? engine.receiveDelivery,
      noteRefusal: () => Promise.resolve(),
      clock: systemClock,
    },
    projectHooks: { operations: service.hookOperations, watch: service.hookWatch, authenticate },
    triggers: {
      engine,
      diagnostics,
      steerAs: createAuditedSteering({ steer: engine.steer, audit }),
      store: store.triggers,
      authenticate,
      authorizer: createAuthorizer({ policy: { rules: [] }, log: quiet }),
      approvals: createApprovals({ steer: engine.steer, audit, fourEyes: true }),
      pageUrlOf: createPageUrl(null),
      resolveProject: (_caller, asked) => Promise.resolve(asked),
      defaults: { deadlineSeconds: 60, gitlabUrl: simulator.url, allowedGitlabUrls: [] },
      clock: systemClock,
      eventStreams: createEventStreams({ clock: systemClock, limit: 100 }),
      pendingLimit: 1_000,
      draining: new AbortController().signal,
    },
    deliveries: { inbox: store.inbox, applyDelivery: engine.applyDelivery, authenticate, audit },
    callbacks: { store: store.callbacks, callbacks, authenticate, audit },
    audit: { audit: store.audit, authenticate },
    dashboard: (_request, _response, next) => next(),
    noteOpen: () => Promise.resolve(),
    publicUrl: null,
    trustedProxies: [],
    metrics: { metrics: { text: () => Promise.resolve(''), contentType: 'text/plain' }, authenticate },
    checkStore,
    warnings,
    version: '0.0.0',
    log,
  });
}
