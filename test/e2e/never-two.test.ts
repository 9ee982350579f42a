import { afterAll, expect, test } from 'vitest';
import { createEngine } from '../../src/app/create-engine.ts';
import type { TriggerId } from '../../src/domain/ids.ts';
import { triggerIdVariable } from '../../src/domain/ids.ts';
import type { Trigger } from '../../src/domain/trigger/trigger.ts';
import { createGitLabConnector } from '../../src/gitlab/rest/client.ts';
import type { ApiFault } from '../../simulator/faults/fault-plan.ts';
import type { LoggedRequest } from '../../simulator/rest/server.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { startSimulator } from '../../simulator/simulator.ts';
import { createMemoryStore } from '../../src/store/memory/store.ts';
import { nothingSecret } from '../app/start-engine.ts';
import { aRequest } from '../fakes/triggers.ts';
import { troubleEverywhere, troubleOnCreate } from '../support/fault-plans.ts';
import { createAcceleratedClock } from '../support/accelerated-clock.ts';
import { isLong } from '../support/long.ts';
import { createRetryingFetch } from '../support/retrying-fetch.ts';
import { apiToken, triggerToken } from '../support/scenario.ts';
import { quiet } from '../support/start-service.ts';

const pace = { slowMs: 20, lateMs: 20, resendMs: 1_000, retryAfterSeconds: 20 };
/** Triggers that are under way at the same time. */
const concurrency = 20;
const places = 20;

const scenario: ScenarioInput = {
  users: [{ username: 'root', token: apiToken, admin: true }],
  projects: Array.from({ length: places }, (_, index) => ({
    id: index + 1,
    path: `group/app-${index + 1}`,
    ci: { build: { script: 'make' } },
    triggerTokens: [triggerToken],
    autoRun: false,
  })),
};

/** The service's engine and GitLab's client, over HTTP to a GitLab that sends no hooks: only a search brings what was lost. */
async function begin(seed: number, service: { readonly triggerToken: string | null }) {
  const clock = createAcceleratedClock();
  const { fetch, onRequest } = createRetryingFetch();
  const simulator = await startSimulator(scenario, { seed, now: () => clock.now(), onRequest });
  afterAll(() => simulator.close());
  const store = createMemoryStore();
  let lastId = 0;
  const engine = createEngine({
    store: store.triggers,
    inbox: store.inbox,
    connectGitLab: createGitLabConnector({ clock, fetch }),
    service: { gitlabUrl: simulator.url, apiToken, ...service },
    clock,
    log: quiet,
    newTriggerId: () => `trg_${(lastId += 1)}` as TriggerId,
    quietMs: 60_000,
  });
  afterAll(() => engine.stop());

  /** Asks for a pipeline and waits until the trigger has one, or has ended. */
  async function bring(index: number): Promise<Trigger> {
    const project = `group/app-${(index % places) + 1}`;
    const request = aRequest({ project, gitlabUrl: simulator.url, deadlineSeconds: 10_000_000 });
    const { id } = await engine.startTrigger({ caller: 'ci', request, secrets: nothingSecret, key: null });
    const brought = Promise.withResolvers<Trigger>();
    const look = (trigger: Trigger): void => {
      if (trigger.state.kind !== 'requested') brought.resolve(trigger);
    };
    const leave = engine.waiters.subscribe(id, look);
    const stored = await store.triggers.find(id);
    if (stored !== undefined) look(stored.trigger);
    return brought.promise.finally(leave);
  }

  return { simulator, bring };
}

/** So many triggers, a few at a time. */
async function bringAll(
  count: number,
  bring: (index: number) => Promise<Trigger>,
): Promise<readonly Trigger[]> {
  const triggers: Trigger[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      triggers.push(await bring(index));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return triggers;
}

const isCreate = ({ method, path }: LoggedRequest): boolean =>
  method === 'POST' && path.endsWith('/pipeline');

/** The id that a request to create a pipeline carries: with a trigger token variables are a map, else a list. */
function idIn({ input }: LoggedRequest): string {
  const variables = input['variables'] as Readonly<Record<string, unknown>>;
  if (!Array.isArray(variables)) return String(variables[triggerIdVariable]);
  const list = variables as readonly { readonly key: string; readonly value: string }[];
  return list.find(({ key }) => key === triggerIdVariable)?.value ?? '';
}

/** Requests that came sooner than GitLab had asked them to. */
function tooSoon(creates: readonly LoggedRequest[]): readonly string[] {
  const waitMs = pace.retryAfterSeconds * 1000;
  return [...Map.groupBy(creates, idIn)].flatMap(([id, requests]) =>
    requests.flatMap((request, index) => {
      const next = requests[index + 1];
      if (request.retryAfter === null || next === undefined || next.time - request.time >= waitMs) return [];
      return [`${id} came back after ${next.time - request.time} ms`];
    }),
  );
}

const count = isLong ? 5_000 : 150;

/** In any case, as luck may not have it. */
const someAreLimited: ApiFault = {
  kind: 'rateLimit',
  retryAfterSeconds: pace.retryAfterSeconds,
  match: { method: 'POST', path: /\/pipeline$/ },
  probability: 0.2,
  times: 3,
};

/** Where trouble is to be met. */
const plans = {
  'requests to create': troubleOnCreate(0.1, pace),
  'requests of any kind': troubleEverywhere(0.1, pace).api,
} as const;

test.concurrent.each<[number, string, string | null, keyof typeof plans]>([
  [1, 'the API token', null, 'requests to create'],
  [2, 'a trigger token', triggerToken, 'requests of any kind'],
])(
  'seed %i: each of many triggers by %s has one pipeline, whatever becomes of one in ten of $3',
  async (seed, _by, token, where) => {
    const { simulator, bring } = await begin(seed, { triggerToken: token });
    simulator.faults.api.push(someAreLimited, ...plans[where]);
    const since = performance.now();
    const triggers = await bringAll(count, bring);
    const seconds = (performance.now() - since) / 1000;
    const creates = simulator.requests.filter(isCreate);
    const made = Map.groupBy(
      simulator.scenario.projects.flatMap(({ id }) => simulator.pipelines(id)),
      ({ variables }) => variables[triggerIdVariable] ?? 'none',
    );
    if (isLong) report(creates, { seconds, triggers: triggers.length, made: made.size });
    expect([...made].filter(([, { length }]) => length > 1).map(([id]) => id)).toEqual([]);
    expect(triggers.filter(({ state }) => state.kind !== 'running')).toEqual([]);
    expect(made.size).toBe(count);
    for (const { id, state } of triggers)
      expect(state).toMatchObject({ pipeline: { id: made.get(id)?.[0]?.id } });
    expect(creates.filter(({ retryAfter }) => retryAfter !== null).length).toBeGreaterThanOrEqual(3);
    expect(tooSoon(creates)).toEqual([]);
  },
  900_000,
);

function report(
  creates: readonly LoggedRequest[],
  figures: Readonly<Record<'seconds' | 'triggers' | 'made', number>>,
): void {
  const byKind = Map.groupBy(creates, ({ fault, status }) =>
    fault === 'status' ? `${status}` : String(fault),
  );
  const struck = Object.fromEntries([...byKind].map(([kind, { length }]) => [kind, length]));
  // eslint-disable-next-line no-console -- the figures are what the long form is run for
  console.info(JSON.stringify({ ...figures, creates: creates.length, struck }));
}
