import { randomUUID } from 'node:crypto';
import { createCallbacks } from '../app/callbacks/callback-sender.ts';
import { createAudit } from '../app/access/audit.ts';
import { createEngine } from '../app/create-engine.ts';
import { logProgress } from '../app/engine/log-progress.ts';
import type { Clock, ServiceAccess } from '../app/ports/index.ts';
import { createPageUrl } from '../api/approval-view.ts';
import { triggerView } from '../api/trigger-view.ts';
import type { Config } from '../config/config.ts';
import { toConfigError } from '../config/startup-errors.ts';
import type { TriggerId } from '../domain/ids.ts';
import { parsePayload } from '../gitlab/webhooks/parse-payload.ts';
import type { openStore } from '../store/open-store.ts';
import type { CallAdapters } from './outbound-clients.ts';
import { createOutboundClients } from './outbound-clients.ts';
import type { Telemetry } from './telemetry.ts';

interface Surroundings {
  readonly adapters: CallAdapters;
  readonly openStore: typeof openStore;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Aborts when the service stops. */
  readonly draining: AbortSignal;
}

export type Core = Awaited<ReturnType<typeof createCore>>;

/**
 * The service without its callers: the store, GitLab, the engine between them, and the callbacks.
 * @throws ConfigError where the database cannot be opened
 */
export async function createCore(
  config: Config,
  { adapters, openStore, clock, telemetry, draining }: Surroundings,
) {
  const { meter, tracing, tracer, log } = telemetry;
  const store = await openStore({
    url: config.databaseUrl,
    directUrl: config.databaseDirectUrl,
    encryptionKeys: config.encryptionKeys,
    parsePayload,
    log,
    committed(deliveries, ms) {
      meter.committed(deliveries.length, ms);
      tracing?.committed(deliveries, ms);
    },
  }).catch(toConfigError);
  const clients = createOutboundClients(config, { adapters, clock, meter, tracer, stopping: draining });
  const callbacks = createCallbacks({
    store: store.callbacks,
    triggers: store.triggers,
    post: clients.postCallback,
    bodyOf: (trigger) => JSON.stringify(triggerView(trigger, 0, createPageUrl(config.publicUrl))),
    clock,
    log,
    meter,
  });
  const quietMs = config.sweepSeconds * 1000;
  const serviceAccess: ServiceAccess = {
    gitlabUrl: config.gitlabUrl,
    apiToken: config.gitlabToken,
    triggerToken: config.gitlabTriggerToken,
  };
  const engine = createEngine({
    store: store.triggers,
    inbox: tracing?.inbox(store.inbox) ?? store.inbox,
    connectGitLab: clients.connectGitLab,
    service: serviceAccess,
    webhookTrust: config.webhookTrust,
    guardsProduction: config.guardsProduction,
    autoRetryBudget: config.autoRetryBudget,
    audit: createAudit({ store: store.audit, clock, log }),
    clock,
    log,
    newTriggerId: () => `trg_${randomUUID().replaceAll('-', '')}` as TriggerId,
    quietMs,
    meter,
    tracer,
    processes: store.sharing?.kind === 'processes' ? store.sharing.processes : undefined,
    onFinished: callbacks.wake,
    progressed: logProgress(log),
  });
  return { store, clients, callbacks, engine, serviceAccess, quietMs };
}
