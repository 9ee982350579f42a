import type { DeliveryResult } from '../../../src/app/deliveries/receive-delivery.ts';
import { createEngine } from '../../../src/app/create-engine.ts';
import type { Clock, DeliveryStore, TriggerStore } from '../../../src/app/ports/index.ts';
import type { DeliveryId, TriggerId } from '../../../src/domain/ids.ts';
import type { Trigger, TriggerRequest } from '../../../src/domain/trigger/trigger.ts';
import { readDelivery } from '../../../src/gitlab/webhooks/read-delivery.ts';
import { createMemoryStore } from '../../../src/store/memory/store.ts';
import { createFakeClock, settled } from '../../fakes/fake-clock.ts';
import { createRecordedGitLab } from '../../fakes/recorded-gitlab.ts';
import { aRequest } from '../../fakes/triggers.ts';
import type { History } from '../../support/histories/history.ts';
import { recordedTriggerId, recordedUrl } from '../../support/histories/history.ts';
import { mortal, nothingSecret, quietMs } from '../start-engine.ts';

const id = recordedTriggerId as TriggerId;

export interface Stores {
  readonly triggers: TriggerStore;
  readonly inbox: DeliveryStore;
}

interface Options {
  readonly request?: Partial<TriggerRequest>;
  readonly stores?: Stores;
  /** Resolves when all work has come to rest. */
  readonly rest?: () => Promise<void>;
  readonly startAt?: number;
  readonly whenCreated?: Promise<unknown>;
}

export type Replay = ReturnType<typeof startReplay>;

/** The service without HTTP before a GitLab that lives through a recorded history. Nothing is delivered by itself. */
export function startReplay(history: History, options: Options = {}) {
  const { stores = createMemoryStore(), rest = settled, startAt = 0 } = options;
  const gitlab = createRecordedGitLab(history, { ...options, startAt });
  const ticking = createFakeClock();
  let jumpedMs = 0;
  const clock: Clock = {
    now: () => ticking.now() + jumpedMs,
    sleep: (ms, signal) => ticking.sleep(ms, signal),
  };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

  function startEngine() {
    let isDead = false;
    const untilDeath = <Port extends object>(port: Port): Port => mortal(port, () => isDead);
    const engine = createEngine({
      store: untilDeath(stores.triggers),
      inbox: untilDeath(stores.inbox),
      connectGitLab: (access) => untilDeath(gitlab.connect(access)),
      service: { gitlabUrl: recordedUrl, apiToken: 'glpat-service', triggerToken: null },
      clock,
      log,
      newTriggerId: () => id,
      quietMs,
    });
    return { ...engine, kill: () => (isDead = true) };
  }
  let engine = startEngine();

  async function deliver(event: string, body: string, key: string): Promise<DeliveryResult> {
    const headers: Readonly<Record<string, string>> = {
      'x-gitlab-event': event,
      'x-gitlab-instance': recordedUrl,
      'idempotency-key': key,
    };
    return engine.receiveDelivery(readDelivery((name) => headers[name], Buffer.from(body), clock.now()));
  }

  return {
    gitlab,
    rest,
    /** Asks for the trigger of the history. */
    async begin(): Promise<void> {
      // Nobody gives up while these tests last.
      const request = aRequest({ ...history.request, deadlineSeconds: 30_000_000, ...options.request });
      await engine.startTrigger({ caller: 'ci', request, secrets: nothingSecret, key: null });
      await rest();
    },
    async find(): Promise<Trigger> {
      const stored = await stores.triggers.find(id);
      if (stored === undefined) throw new Error('the trigger is gone');
      return stored.trigger;
    },
    timeline: () => stores.triggers.timeline(id, 0),
    deliver,
    async replay(deliveryId: string): Promise<void> {
      const found = await stores.inbox.find(deliveryId as DeliveryId);
      if (found !== undefined) await engine.applyDelivery(found.delivery);
    },
    stored: async () =>
      (await stores.inbox.list({ limit: 1_000, cursor: null, unmatched: false })).items.map(
        ({ delivery }) => delivery.id,
      ),
    /** The service ends without warning, the time of day is set, and it starts again. */
    async restart(jumpMs: number): Promise<void> {
      engine.kill();
      jumpedMs += jumpMs;
      engine = startEngine();
      await engine.sweep.resume();
      await rest();
    },
    async advance(ms: number): Promise<void> {
      await ticking.advance(ms);
      await rest();
    },
    async sweep(): Promise<void> {
      await engine.sweep.round();
      await rest();
    },
    /** GitLab goes on for as long as it does not wait for us. */
    letLive(): void {
      while (gitlab.liveOn());
    },
  };
}
