import { onTestFinished } from 'vitest';
import type { TriggerView } from '../../src/api/trigger-view.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import type { Simulator, SimulatorOptions } from '../../simulator/simulator.ts';
import { startSimulator } from '../../simulator/simulator.ts';
import type { Answer, CallOptions } from './call.ts';
import { send } from './call.ts';
import type { Watch } from './canary.ts';
import { secretVariables } from './canary.ts';
import { eventually } from './eventually.ts';
import { apiToken, scenario as usualScenario } from './scenario.ts';
import type { ServicePlace, ServiceProcess, WhenDone } from './service-child.ts';
import { prepareService, usualEntry } from './service-child.ts';
import { adminToken, hookTo } from './start-service.ts';

/** A simulated GitLab in this process, and a service over a database file that outlives it. */
export interface Installation {
  readonly url: string;
  readonly simulator: Simulator;
  readonly databaseFile: string;
  readonly watch: Watch;
  readonly service: ServiceProcess;
  /** Starts the service once more, on the same port and database, with other variables if need be. */
  readonly start: ServicePlace['start'];
  /** The same; resolves when it listens. */
  readonly startAgain: (...args: Parameters<ServicePlace['start']>) => Promise<ServiceProcess>;
  readonly call: (method: string, path: string, options?: CallOptions) => Promise<Answer>;
  readonly trigger: (request: object) => Promise<TriggerView>;
  readonly show: (id: string) => Promise<TriggerView>;
  /** Waits until a trigger has its pipeline, and gives the pipeline's id. */
  readonly pipelineOf: (id: string) => Promise<number>;
  /** Waits for a trigger's end, as one would who knows no more than the address. */
  readonly finished: (id: string) => Promise<TriggerView>;
  /** Everything that the services have logged so far. */
  readonly log: () => string;
}

interface Options {
  readonly scenario?: ScenarioInput;
  readonly env?: Readonly<Record<string, string>>;
  readonly hooks?: boolean;
  /** Whether the service can be asked from inside. */
  readonly inside?: boolean;
  /** What Node runs instead of `pipeline-trigger serve`. */
  readonly entry?: readonly string[];
  readonly simulatorOptions?: SimulatorOptions;
}

/** With what a test can ask of it loaded before all else. */
const askedFromInside = ['--import', './test/support/in-process-hooks.ts', ...usualEntry];

/**
 * Installs a GitLab and a service, which are gone in the end.
 * @param whenDone that of the test's own context where tests run side by side
 */
export async function install(
  {
    scenario = usualScenario,
    env = {},
    hooks = true,
    inside = false,
    entry,
    simulatorOptions = {},
  }: Options = {},
  whenDone: WhenDone = onTestFinished,
): Promise<Installation> {
  const simulator = await startSimulator(scenario, simulatorOptions);
  whenDone(() => simulator.close());
  const usualEnv = { GITLAB_URL: simulator.url, GITLAB_TOKEN: apiToken, SWEEP_SECONDS: '1' };
  const { url, databaseFile, watch, start } = await prepareService(
    { env: { ...usualEnv, ...env }, entry: entry ?? (inside ? askedFromInside : usualEntry) },
    whenDone,
  );
  const services: ServiceProcess[] = [];
  const startNext: ServicePlace['start'] = (otherEnv) => {
    const service = start(otherEnv);
    services.push(service);
    return service;
  };
  const startAgain: Installation['startAgain'] = async (otherEnv) => {
    const service = startNext(otherEnv);
    await service.listening;
    return service;
  };

  const service = await startAgain();
  if (hooks) for (const { id } of simulator.scenario.projects) simulator.addHook(id, hookTo(url));

  const call: Installation['call'] = async (method, path, options) => {
    const answer = await send(`${url}${path}`, method, { token: adminToken, ...options });
    watch.see(`${method} ${path}`, answer.text);
    watch.see(`headers of ${method} ${path}`, [...answer.headers].join('\n'));
    return answer;
  };
  const show = async (id: string): Promise<TriggerView> =>
    (await call('GET', `/v1/triggers/${id}`)).json as TriggerView;

  return {
    url,
    simulator,
    databaseFile,
    watch,
    service,
    start: startNext,
    startAgain,
    call,
    show,
    async trigger(request) {
      const answer = await call('POST', '/v1/triggers', { body: { variables: secretVariables, ...request } });
      if (answer.status !== 202) throw new Error(`${answer.status} ${answer.text}`);
      return answer.json as TriggerView;
    },
    pipelineOf: (id) =>
      eventually(async () => {
        const { pipelineId } = await show(id);
        if (pipelineId === null) throw new Error(`trigger ${id} has no pipeline`);
        return pipelineId;
      }),
    finished: (id) =>
      eventually(async () => {
        const { text } = await call('GET', `/v1/triggers/${id}/wait?mode=text&wait=20`);
        if (text === 'running') throw new Error(`trigger ${id} does not finish`);
        return show(id);
      }, 60_000),
    log: () => services.map(({ log }) => log()).join(''),
  };
}
