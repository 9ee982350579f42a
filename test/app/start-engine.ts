import type { EngineOptions } from '../../src/app/create-engine.ts';
import { createEngine } from '../../src/app/create-engine.ts';
import type { DeliveryStore, Secrets, ServiceAccess, TriggerStore } from '../../src/app/ports/index.ts';
import type { Delivery } from '../../src/domain/delivery.ts';
import type { TriggerId } from '../../src/domain/ids.ts';
import type { Trigger, TriggerRequest } from '../../src/domain/trigger/trigger.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { createMemoryStore } from '../../src/store/memory/store.ts';
import { createFakeClock, settled } from '../fakes/fake-clock.ts';
import { createFakeGitLab } from '../fakes/fake-gitlab.ts';
import { createInterceptor } from '../fakes/intercept.ts';
import { aRequest, outcomeOf } from '../fakes/triggers.ts';

const scenario: ScenarioInput = {
  configErrorAnswers: '201',
  projects: [
    {
      id: 1,
      path: 'group/app',
      ci: { build: { stage: 'build', script: 'make' }, unit: { stage: 'test', script: 'test' } },
    },
    {
      id: 2,
      path: 'group/manual',
      ci: {
        stages: ['build', 'deploy', 'verify'],
        build: { stage: 'build', script: 'make' },
        approve: { stage: 'deploy', script: 'ok', when: 'manual', allow_failure: false },
        deploy: { stage: 'deploy', script: 'do', when: 'manual', allow_failure: false },
        rollback: { stage: 'deploy', script: 'undo', when: 'manual' },
        verify: { stage: 'verify', script: 'look', when: 'manual', allow_failure: false },
      },
    },
    {
      id: 3,
      path: 'group/parent',
      ci: {
        stages: ['build', 'child'],
        build: { stage: 'build', script: 'make' },
        child: {
          stage: 'child',
          when: 'manual',
          allow_failure: false,
          trigger: { include: 'c', strategy: 'depend' },
        },
      },
      includes: { c: { 'child-test': { script: 'make test' } } },
    },
    { id: 4, path: 'group/broken', ci: { deploy: { stage: 'nowhere', script: 'x' } } },
    {
      id: 6,
      path: 'group/optional-bridge',
      ci: {
        build: { script: 'make' },
        child: { when: 'manual', trigger: { include: 'c', strategy: 'depend' } },
      },
      includes: { c: { 'child-test': { script: 'make test' } } },
    },
    { id: 5, path: 'group/strict', ci: { build: { script: 'make' } }, refusesPipelineVariables: true },
  ],
};

/**
 * All that outlives the service: time, GitLab and the disk.
 * @param projects what GitLab has besides the usual
 */
export function createOutside(projects: ScenarioInput['projects'] = []) {
  const clock = createFakeClock();
  const gitlab = createFakeGitLab({ ...scenario, projects: [...scenario.projects, ...projects] }, () =>
    clock.now(),
  );
  const memory = createMemoryStore();
  const triggers = createInterceptor<TriggerStore>();
  const inbox = createInterceptor<DeliveryStore>();
  let lastId = 0;
  return {
    clock,
    gitlab,
    store: { ...triggers, port: triggers.wrap(memory.triggers) },
    inbox: { ...inbox, port: inbox.wrap(memory.inbox) },
    newTriggerId: () => `trg_${(lastId += 1)}` as TriggerId,
  };
}

export type Outside = ReturnType<typeof createOutside>;

/** A port that is silent for ever once its user is dead. */
export function mortal<Port extends object>(port: Port, isDead: () => boolean): Port {
  type Method = (...args: unknown[]) => Promise<unknown>;
  const silence = new Promise<never>(() => undefined);
  const orSilence =
    (method: Method): Method =>
    async (...args) => {
      if (isDead()) return silence;
      const [answer] = await Promise.allSettled([method(...args)]);
      if (isDead()) return silence;
      if (answer.status === 'rejected') throw answer.reason;
      return answer.value;
    };
  return Object.fromEntries(
    Object.entries(port).map(([name, method]) => [name, orSilence(method as Method)]),
  ) as Port;
}

export const nothingSecret: Secrets = { variables: {}, inputs: {}, triggerToken: null, apiToken: null };

export const quietMs = 60_000;

/**
 * The service without HTTP, on a clock that stands still.
 * @param outside give that of another engine to start a second one after the first has died
 */
export function startEngine(
  outside: Outside = createOutside(),
  service: Partial<ServiceAccess> = {},
  options: Partial<
    Pick<
      EngineOptions,
      'random' | 'looksExactly' | 'quietMs' | 'webhookTrust' | 'guardsProduction' | 'autoRetryBudget'
    >
  > = {},
) {
  const { clock, gitlab, store, inbox, newTriggerId } = outside;
  let isDead = false;
  const untilDeath = <Port extends object>(port: Port): Port => mortal(port, () => isDead);
  const lines: string[] = [];
  const log = (_fields: object, message: string): void => void lines.push(message);
  const engine = createEngine({
    store: untilDeath(store.port),
    inbox: untilDeath(inbox.port),
    connectGitLab: (access) => untilDeath(gitlab.connect(access)),
    service: { gitlabUrl: gitlab.url, apiToken: 'glpat-service', triggerToken: 'glptt-service', ...service },
    clock,
    log: { info: log, warn: log, error: log },
    newTriggerId,
    quietMs,
    random: () => 0.5,
    ...options,
  });

  const find = async (id: TriggerId): Promise<Trigger> => {
    const stored = await store.port.find(id);
    if (stored === undefined) throw new Error(`there is no trigger ${id}`);
    return stored.trigger;
  };
  const deliver = async (delivery: Delivery) => {
    const result = await engine.receiveDelivery(delivery);
    await settled();
    return result;
  };

  return {
    ...outside,
    engine,
    /** From now on nothing it does has an effect, and nobody hears from it. */
    kill: () => {
      isDead = true;
    },
    /** What was logged. */
    lines,
    find,
    outcomeOf: async (id: TriggerId) => outcomeOf(await find(id)),
    /** Asks for a trigger, and lets happen what needs no time. */
    start: async (
      request: Partial<TriggerRequest> = {},
      secrets: Partial<Secrets> = {},
      caller = 'ci',
    ): Promise<TriggerId> => {
      const wanted = {
        caller,
        request: aRequest(request),
        secrets: { ...nothingSecret, ...secrets },
        key: null,
      };
      const { id } = await engine.startTrigger(wanted);
      await settled();
      return id;
    },
    deliver,
    /** GitLab tells how a pipeline stands, the newest one unless said otherwise. */
    hook: (pipelineId?: number) => deliver(gitlab.pipelineHook(pipelineId)),
    /** How often GitLab was asked to do this. */
    count: (method: string) => gitlab.calls.filter((call) => call.split(' ')[0] === method).length,
  };
}
