import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { applyEvent } from './engine/apply-event.ts';
import type { JobEvent } from './engine/apply-event.ts';
import { createFaultChooser } from './faults/fault-plan.ts';
import type { FaultPlan } from './faults/fault-plan.ts';
import { createRandom } from './faults/random.ts';
import type { LoggedDelivery } from './hooks/deliver.ts';
import { dispatchHooks } from './hooks/dispatch-hooks.ts';
import type { HookRegistry } from './hooks/hook-registry.ts';
import type { IdTokens } from './id-tokens.ts';
import { createIdTokens } from './id-tokens.ts';
import type { ProviderLies } from './oauth/lies.ts';
import { createProvider } from './oauth/provider.ts';
import { parseScenario } from './read-scenario.ts';
import { createServer } from './rest/server.ts';
import type { LoggedRequest } from './rest/server.ts';
import { hookSettings } from './scenario.ts';
import type { HookSettingsInput, Scenario, ScenarioInput, User } from './scenario.ts';
import { viewPipeline } from './view.ts';
import type { PipelineView } from './view.ts';
import { findProject } from './world/find.ts';
import { pushCommit } from './world/project.ts';
import type { Project } from './world/project.ts';
import type { MemberRole } from './world/roles.ts';
import { runBridges } from './world/run-bridges.ts';
import { runJobs } from './world/run-jobs.ts';
import { createWorld } from './world/world.ts';
import type { World } from './world/world.ts';

export type SimulatorOptions = {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Of the random numbers behind the probabilities of faults; default 1. */
  readonly seed?: number;
  /** Factor on all scripted durations; default 1, 0.1 is ten times as fast. */
  readonly pace?: number;
  /** What it says it is; before 19 hooks are unsigned and their payloads are those of 17. Default 19.1.0-ee. */
  readonly gitlabVersion?: string;
  /** How long a hook's receiver has to answer; default 10,000, as on GitLab.com. */
  readonly hookTimeoutMs?: number;
  /** The time of day, in milliseconds since 1970; default `Date.now`. Job durations always pass in real time. */
  readonly now?: () => number;
  readonly log?: (line: string) => void;
  /** Called for each request when it is answered, or when it will not be answered. */
  readonly onRequest?: (request: LoggedRequest) => void;
};

/** A running simulated GitLab, seen from inside the process. Unknown projects and pipelines throw. */
export type Simulator = {
  /** Base URL with the relative URL root, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly scenario: Scenario;
  readonly requests: LoggedRequest[];
  readonly clearRequests: () => void;
  readonly deliveries: LoggedDelivery[];
  readonly faults: FaultPlan;
  readonly pipelines: (project: string | number) => PipelineView[];
  readonly pipeline: (id: number) => PipelineView;
  /** Moves the latest jobs of these names; without names `retry` and `cancel` are the pipeline's. */
  readonly apply: (pipelineId: number, event: JobEvent, jobs?: readonly string[]) => PipelineView;
  /** Puts a new commit on a branch and returns its sha. */
  readonly push: (project: string | number, branch: string) => string;
  /** Whether the jobs of pipelines made from now on run by themselves. */
  readonly setAutoRun: (project: string | number, autoRun: boolean) => void;
  readonly addHook: (project: string | number, hook: HookSettingsInput) => { readonly id: number };
  /** @param group its full path; the scenario has to have group hooks */
  readonly addGroupHook: (group: string, hook: HookSettingsInput) => { readonly id: number };
  readonly removeHook: (id: number) => void;
  /** The id_token that a runner would give to a job. */
  readonly idToken: IdTokens['mint'];
  /** Signs id_tokens with another key from now on. */
  readonly rotateSigningKey: () => void;
  /** What its provider of OpenID Connect says otherwise than GitLab from now on. */
  readonly lie: (lies: ProviderLies) => void;
  /** Blocks, deletes or readmits a user. */
  readonly setUserState: (username: string, state: User['state']) => void;
  /** @param role null takes the membership away */
  readonly setRole: (username: string, path: string, role: MemberRole | null) => void;
  readonly now: () => number;
  /** Ends all timers, deliveries and connections immediately. */
  readonly close: () => Promise<void>;
};

/**
 * Starts a simulated GitLab that listens for HTTP.
 * @throws Error when the scenario is not one, or the port is taken
 */
export async function startSimulator(
  scenario: ScenarioInput,
  options: SimulatorOptions = {},
): Promise<Simulator> {
  const parsed = parseScenario(scenario);
  const { host = '127.0.0.1', port = 0, seed = 1, gitlabVersion = '19.1.0-ee', log = () => {} } = options;
  const server = createHttpServer();
  server.listen(port, host);
  await once(server, 'listening');
  const bound = (server.address() as AddressInfo).port;
  const site = {
    world: createWorld(parsed, options),
    baseUrl: `http://${host}:${bound}${parsed.relativeUrlRoot}`,
  };
  const faults: FaultPlan = { api: [], hooks: [] };
  const choose = createFaultChooser(createRandom(seed));
  const requests: LoggedRequest[] = [];
  const deliveries: LoggedDelivery[] = [];
  const closing = new AbortController();
  runBridges(site.world);
  runJobs(site.world);
  const hooks = dispatchHooks({
    site,
    gitlabVersion,
    timeoutMs: options.hookTimeoutMs ?? 10_000,
    faults,
    choose,
    record: (delivery) => keep(deliveries, delivery),
    log,
    closing: closing.signal,
  });
  for (const { id, hooks: own } of parsed.projects)
    for (const hook of own) hooks.add({ projectId: id, groupPath: null }, hook);
  for (const { group, ...hook } of parsed.groupHooks ?? [])
    hooks.add({ projectId: null, groupPath: group }, hook);
  const record = (request: LoggedRequest): void => {
    keep(requests, request);
    log(`${request.method} ${request.path} ${request.status}`);
    options.onRequest?.(request);
  };
  const idTokens = createIdTokens(site);
  const provider = createProvider(site, idTokens);
  const parts = { ...site, hooks, idTokens, provider, gitlabVersion, faults, choose, record };
  server.on('request', createServer(parts));
  return {
    url: site.baseUrl,
    port: bound,
    scenario: parsed,
    requests,
    clearRequests: () => void requests.splice(0),
    deliveries,
    faults,
    ...controls(site.world, hooks),
    idToken: idTokens.mint,
    rotateSigningKey: idTokens.rotate,
    lie: provider.lie,
    close: () => close(server, site.world, closing),
  };
}

/** What is kept of a log: enough for any test, and a bound for a simulator that runs for weeks. */
const keptEntries = 100_000;

function keep<Entry>(log: Entry[], entry: Entry): void {
  log.push(entry);
  if (log.length > keptEntries) log.shift();
}

type Controls = Pick<
  Simulator,
  | 'pipelines'
  | 'pipeline'
  | 'apply'
  | 'push'
  | 'setAutoRun'
  | 'addHook'
  | 'addGroupHook'
  | 'removeHook'
  | 'setUserState'
  | 'setRole'
  | 'now'
>;

function controls(world: World, hooks: HookRegistry): Controls {
  const project = (idOrPath: string | number): Project => {
    const found = findProject(world, idOrPath);
    if (found === undefined) throw new Error(`no project ${idOrPath} in the scenario`);
    return found;
  };
  const pipeline = (id: number): PipelineView => viewPipeline(world, id);
  return {
    pipelines: (idOrPath) => project(idOrPath).pipelines.map(({ id }) => pipeline(id)),
    pipeline,
    apply: (id, event, jobs) => {
      world.catchUp();
      const target = world.pipelines.get(id);
      if (target !== undefined) world.act(() => applyEvent(world.around, target, event, jobs));
      world.catchUp();
      return pipeline(id);
    },
    push: (idOrPath, branch) => pushCommit(project(idOrPath), branch, world.around.now()).sha,
    setAutoRun: (idOrPath, autoRun) => {
      project(idOrPath).autoRun = autoRun;
    },
    addHook: (idOrPath, hook) => ({
      id: hooks.add({ projectId: project(idOrPath).scenario.id, groupPath: null }, hookSettings.parse(hook))
        .id,
    }),
    addGroupHook: (groupPath, hook) => ({
      id: hooks.add({ projectId: null, groupPath }, hookSettings.parse(hook)).id,
    }),
    setUserState: (username, state) => {
      userOf(world, username).state = state;
    },
    setRole: (username, path, role) => {
      const user = userOf(world, username);
      const { [path]: _before, ...others } = user.roles;
      user.roles = role === null ? others : { ...others, [path]: role };
    },
    removeHook: (id) => void hooks.hooks.delete(id),
    now: world.around.now,
  };
}

function userOf({ scenario }: World, username: string): User {
  const found = scenario.users.find((user) => user.username === username);
  if (found === undefined) throw new Error(`no user ${username} in the scenario`);
  return found;
}

async function close(server: Server, world: World, closing: AbortController): Promise<void> {
  if (!server.listening) return;
  world.stop();
  closing.abort();
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
