import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { Express } from 'express';
import type { ApiKeys } from './app/api-keys.ts';
import { createApiKeys } from './app/api-keys.ts';
import type { Audit } from './app/audit.ts';
import { createAudit } from './app/audit.ts';
import { authenticateCallerWith } from './app/authenticate-caller.ts';
import type { Callbacks } from './app/callbacks.ts';
import { createCallbacks } from './app/callbacks.ts';
import type { HookKeeper } from './app/hooks/hook-keeper.ts';
import type { HookWatch } from './app/hooks/hook-watch.ts';
import type { ConnectHooks } from './app/hooks/port.ts';
import { lookAfterHooks, receiveHeardWith } from './app/hooks/look-after-hooks.ts';
import type { Engine } from './app/engine.ts';
import { createEngine } from './app/engine.ts';
import type { Insight } from './app/insight.ts';
import { createInsight } from './app/insight.ts';
import { logProgress } from './app/log-progress.ts';
import { measureHooks } from './app/measure-hooks.ts';
import type { Clock, ConnectGitLab, Log } from './app/ports.ts';
import { permitsWith } from './app/permit.ts';
import { traceCallbacks } from './app/trace-work.ts';
import { noTracer } from './app/tracer.ts';
import { steerAsWith } from './app/steer-as.ts';
import { allowedDestinations } from './callbacks/allowed-hosts.ts';
import type { Resolve } from './callbacks/post-callback.ts';
import { callbackPoster } from './callbacks/post-callback.ts';
import { blameDatabaseUrl } from './blame-setting.ts';
import { systemClock, timeOfDay } from './clock.ts';
import type { Config } from './config.ts';
import type { TriggerId } from './domain/ids.ts';
import { isOwnNameWith } from './domain/own-name.ts';
import { createDashboard } from './dashboard/dashboard.ts';
import { createHookAuthenticator } from './gitlab/authenticate-hook.ts';
import { gitLabConnector } from './gitlab/client.ts';
import { fetchSigningKeys } from './gitlab/fetch-signing-keys.ts';
import { hooksConnector } from './gitlab/hooks-client.ts';
import { meteredFetch } from './gitlab/metered-fetch.ts';
import { createRateLimits } from './gitlab/rate-limit.ts';
import { readDelivery } from './gitlab/read-delivery.ts';
import { readNews } from './gitlab/read-news.ts';
import { isOneOf } from './gitlab/same-secret.ts';
import { createSigningKeys } from './gitlab/signing-keys.ts';
import { tracedFetch } from './gitlab/traced-fetch.ts';
import type { VerifyIdToken } from './gitlab/verify-id-token.ts';
import { idTokenVerifier } from './gitlab/verify-id-token.ts';
import { actorOf } from './http/actor.ts';
import { createListener } from './http/listener.ts';
import { createLimits } from './http/limits.ts';
import { limitedAuthenticate } from './http/limited-authenticate.ts';
import { createServer } from './http/server.ts';
import { triggerView } from './http/trigger-view.ts';
import { keySecrets, newKeyId } from './store/key-secret.ts';
import type { Store } from './store/open-store.ts';
import { openStore } from './store/open-store.ts';
import { createMetrics } from './telemetry/metrics.ts';
import type { Tracing } from './telemetry/tracing/start-tracing.ts';
import { version } from './version.ts';

/** The whole service, short of listening. */
export interface Service {
  readonly app: Express;
  /** The app, behind what it takes to listen. */
  readonly server: Server;
  readonly engine: Engine;
  readonly callbacks: Callbacks;
  readonly keys: ApiKeys;
  readonly audit: Audit;
  readonly insight: Insight;
  readonly hookKeeper: HookKeeper;
  readonly hookWatch: HookWatch;
  readonly store: Store;
  /** Tells everybody who waits to come back later; after it no request is held any more. */
  readonly drain: () => void;
}

/** What a service is wired to; real unless given. */
export interface Adapters {
  readonly log: Log;
  readonly clock?: Clock;
  /** The time of day, which signatures are compared with. */
  readonly now?: () => number;
  readonly connectGitLab?: ConnectGitLab;
  /** Finds the addresses of callbacks' hosts. */
  readonly resolve?: Resolve;
  readonly connectHooks?: ConnectHooks;
  readonly openStore?: typeof openStore;
}

/** Wires everything: the only file that knows every adapter. */
export async function compose(
  config: Config,
  {
    log: plainLog,
    clock = systemClock,
    now = timeOfDay,
    connectGitLab,
    resolve,
    connectHooks,
    openStore: open = openStore,
  }: Adapters,
): Promise<Service> {
  const metrics = createMetrics();
  const { meter } = metrics;
  const { measured, released } = measureHooks(meter, clock);
  const tracing = await tracingOf(config, plainLog);
  const tracer = tracing?.tracer ?? noTracer;
  const log = tracing?.log(plainLog) ?? plainLog;
  const store = await open({
    url: config.databaseUrl,
    encryptionKeys: config.encryptionKeys,
    readNews,
    committed(deliveries, ms) {
      meter.committed(deliveries.length, ms);
      tracing?.committed(deliveries, ms);
    },
  }).catch(blameDatabaseUrl);
  const draining = new AbortController();
  const destinations = allowedDestinations(config.callbackHosts);
  const callbacks = createCallbacks({
    store: store.callbacks,
    triggers: store.triggers,
    post: traceCallbacks(
      tracer,
      callbackPoster({
        destinations,
        secret: config.callbackSecret,
        ...(resolve === undefined ? {} : { resolve }),
      }),
    ),
    bodyOf: (trigger) => JSON.stringify(triggerView(trigger, 0)),
    clock,
    log,
    meter,
  });
  const quietMs = config.sweepSeconds * 1000;
  const connection = {
    clock,
    stopping: draining.signal,
    rateLimits: createRateLimits(),
    fetch: tracedFetch(meteredFetch(globalThis.fetch, meter, config.gitlabUrl), tracer),
  };
  const engine = createEngine({
    store: store.triggers,
    inbox: tracing?.inbox(store.inbox) ?? store.inbox,
    connectGitLab: connectGitLab ?? gitLabConnector(connection),
    service: {
      gitlabUrl: config.gitlabUrl,
      apiToken: config.gitlabToken,
      triggerToken: config.gitlabTriggerToken,
    },
    clock,
    log,
    newTriggerId: () => `trg_${randomUUID().replaceAll('-', '')}` as TriggerId,
    quietMs,
    meter,
    tracer,
    onFinished: callbacks.wake,
    progressed: logProgress(log),
  });
  const audit = createAudit({ store: store.audit, clock, log });
  const keys = createApiKeys({ store: store.keys, secrets: keySecrets, newId: newKeyId, clock, audit });
  const { adminToken } = config;
  const isOwnName = isOwnNameWith(config.publicUrl);
  const limits = createLimits(log);
  const authenticateCaller = authenticateCallerWith({
    isAdminToken: adminToken === null ? null : (token) => isOneOf(token, [adminToken]),
    keys,
    isOwnName,
    verifyIdToken: idTokens(config, { clock, now, log, fetch: tracedFetch(globalThis.fetch, tracer) }),
  });
  const authenticate = limitedAuthenticate(
    tracer.seen(authenticateCaller, { name: 'authenticate caller' }),
    limits,
  );
  const hookSecrets = {
    plain: config.webhookSecrets,
    signing: config.webhookSigningTokens,
    relay: config.relaySecrets,
  };
  const authenticator = createHookAuthenticator(hookSecrets, now, isOwnName);
  const steerAs = steerAsWith({ steer: engine.steer, audit });
  const permits = permitsWith({ policy: config.policy ?? { rules: [] }, log });
  const connect = connectHooks ?? hooksConnector(connection);
  const { keeper: hookKeeper, watch: hookWatch } = lookAfterHooks({
    gitlab:
      config.gitlabToken === null
        ? null
        : connect({ url: config.gitlabUrl, apiToken: config.gitlabToken, triggerToken: null }),
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
    version,
  });
  const insight = createInsight({ store, hookWatch, clock, log });
  const app = createServer({
    followRequest: tracing?.followRequest,
    meter,
    hooks: {
      authenticator,
      readDelivery,
      receiveDelivery: measured(receiveHeardWith(engine.receiveDelivery, hookWatch)),
      noteRefusal: limits.noteRefusal,
      clock,
      meter,
      tracer,
    },
    projectHooks: { keeper: hookKeeper, watch: hookWatch, authenticate },
    triggers: {
      engine,
      insight,
      released,
      tracer,
      steerAs,
      store: store.triggers,
      authenticate,
      permits,
      defaults: {
        deadlineSeconds: config.deadlineSeconds,
        gitlabUrl: config.gitlabUrl,
        allowedGitlabUrls: config.allowedGitlabUrls,
        allowsCallback: destinations.allows,
      },
      clock,
      draining: draining.signal,
    },
    deliveries: { inbox: store.inbox, deliverNews: engine.deliverNews, authenticate, audit },
    callbacks: { store: store.callbacks, callbacks, authenticate, audit },
    audit: { audit: store.audit, authenticate },
    dashboard: createDashboard({
      engine,
      insight,
      hookKeeper,
      hookWatch,
      steerAs,
      permits,
      actorOf: ({ request, caller }) => actorOf(request, caller),
      store: store.triggers,
      inbox: store.inbox,
      keys,
      audit,
      auditLog: store.audit,
      authenticate,
      publicUrl: config.publicUrl,
      clock,
      log,
      draining: draining.signal,
    }),
    noteOpen: limits.noteOpen,
    publicUrl: config.publicUrl,
    trustedProxies: config.trustedProxies,
    metrics: { metrics, authenticate },
    checkStore: store.check,
    version,
    log,
  });
  const close = async (): Promise<void> => {
    await insight.answers.flush();
    await store.close();
    await tracing?.close();
  };
  return {
    app,
    server: createListener(app, log),
    engine,
    callbacks,
    keys,
    audit,
    insight,
    hookKeeper,
    hookWatch,
    store: { ...store, close },
    drain: () => draining.abort(),
  };
}

/** Null where they are not accepted. */
function idTokens(
  { gitlabUrl, oidcAudience: audience }: Config,
  { clock, now, log, fetch }: { clock: Clock; now: () => number; log: Log; fetch: typeof globalThis.fetch },
): VerifyIdToken | null {
  if (audience === null) return null;
  const findKey = createSigningKeys({ fetchKeys: () => fetchSigningKeys(gitlabUrl, { fetch }), clock, log });
  return idTokenVerifier({ gitlabUrl, audience, findKey, now, log });
}

/** Null where nobody asks for traces: then nothing of OpenTelemetry is even loaded. */
async function tracingOf({ tracing }: Config, log: Log): Promise<Tracing | null> {
  if (tracing === null) return null;
  const { startTracing } = await import('./telemetry/tracing/start-tracing.ts');
  return startTracing(tracing, { log, version });
}
