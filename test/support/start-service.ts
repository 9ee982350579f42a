import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Clock, ConnectGitLab, Log } from '../../src/app/ports/index.ts';
import { systemClock, timeOfDay } from '../../src/platform/clock.ts';
import type { Service } from '../../src/composition/service.ts';
import { createService } from '../../src/composition/service.ts';
import { readConfig } from '../../src/config/config.ts';
import type { TriggerId } from '../../src/domain/ids.ts';
import type { TriggerView } from '../../src/api/trigger-view.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import type { Simulator, SimulatorOptions } from '../../simulator/simulator.ts';
import { startSimulator } from '../../simulator/simulator.ts';
import type { Answer, CallOptions } from './call.ts';
import { send } from './call.ts';
import type { Watch } from './canary.ts';
import { canary, createWatch, moreSecrets, secretVariables } from './canary.ts';
import { eventually } from './eventually.ts';
import { apiToken, scenario as usualScenario } from './scenario.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

export const adminToken = `${canary}-admin`;
export const webhookSecret = `${canary}-webhook`;

interface Options {
  readonly scenario?: ScenarioInput;
  /** Variables of the environment besides the usual ones. */
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  /** The time of day, by which signatures are checked. */
  readonly now?: () => number;
  readonly log?: Log;
  readonly connectGitLab?: ConnectGitLab;
  /** How the simulated GitLab is to be, besides its scenario. */
  readonly gitlab?: SimulatorOptions;
  /** Where it listens; any free port unless given. */
  readonly port?: number;
  /** Whether the simulated GitLab sends hooks; without them a trigger stands still until it is reconciled. */
  readonly hooks?: boolean;
}

export interface TestService {
  readonly url: string;
  readonly service: Service;
  readonly simulator: Simulator;
  readonly databaseFile: string;
  /** Calls the service as its admin unless the options name another token. */
  readonly call: (method: string, path: string, options?: CallOptions) => Promise<Answer>;
  /** Asks for a pipeline and gives the trigger as it is then. */
  readonly trigger: (request: object, headers?: Readonly<Record<string, string>>) => Promise<TriggerView>;
  /** Waits until a trigger has finished. */
  readonly finished: (id: string) => Promise<TriggerView>;
  /** Waits until a trigger has its pipeline, and gives the pipeline's id. */
  readonly pipelineOf: (id: string) => Promise<number>;
  /** How many wait for a trigger. */
  readonly waiters: (id: string) => number;
  /** @throws Error when the service has let a secret out, or left one behind */
  readonly stop: () => Promise<void>;
}

/** Says nothing. */
export const quiet: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The whole service in this process, over a database of its own and a simulated GitLab that sends it hooks. */
export async function startService({
  scenario = usualScenario,
  env = {},
  clock = systemClock,
  now = timeOfDay,
  log = quiet,
  connectGitLab,
  gitlab,
  port = 0,
  hooks = true,
}: Options = {}): Promise<TestService> {
  const directory = makeTemporaryDirectory();
  const databaseFile = path.join(directory.path, 'test.db');
  const simulator = await startSimulator(scenario, gitlab);
  const config = readConfig({
    GITLAB_URL: simulator.url,
    GITLAB_TOKEN: apiToken,
    WEBHOOK_SECRET: webhookSecret,
    ADMIN_TOKEN: adminToken,
    DATABASE_URL: `file:${databaseFile}`,
    HOST: '127.0.0.1',
    ...moreSecrets,
    ...env,
  });
  const watch = createWatch();
  const service = await createService(config, {
    log: watched(log, watch),
    clock,
    now,
    ...(connectGitLab === undefined ? {} : { connectGitLab }),
  });
  const server = createServer(service.app);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  if (hooks) for (const { id } of simulator.scenario.projects) simulator.addHook(id, hookTo(url));

  const call: TestService['call'] = async (method, path, options) => {
    const answer = await send(`${url}${path}`, method, { token: adminToken, ...options });
    watch.see(`${method} ${path}`, answer.text);
    watch.see(`headers of ${method} ${path}`, [...answer.headers].join('\n'));
    return answer;
  };
  const show = async (id: string): Promise<TriggerView> =>
    (await call('GET', `/v1/triggers/${id}`)).json as TriggerView;

  return {
    url,
    service,
    simulator,
    databaseFile,
    call,
    async trigger(request, headers = {}) {
      const answer = await call('POST', '/v1/triggers', {
        body: { variables: secretVariables, ...request },
        headers,
      });
      if (answer.status !== 202) throw new Error(`${answer.status} ${answer.text}`);
      return answer.json as TriggerView;
    },
    async finished(id) {
      const { text } = await call('GET', `/v1/triggers/${id}/wait?mode=text&wait=20`);
      if (text === 'running')
        throw new Error(`trigger ${id} does not finish: ${JSON.stringify(await show(id))}`);
      return show(id);
    },
    pipelineOf: (id) =>
      eventually(async () => {
        const { pipelineId } = await show(id);
        if (pipelineId === null) throw new Error(`trigger ${id} has no pipeline`);
        return pipelineId;
      }),
    waiters: (id) => service.engine.waiters.count(id as TriggerId),
    async stop() {
      for (const path of ['/metrics', '/openapi.json', '/v1/deliveries?limit=200', '/v1/audit?limit=200'])
        await call('GET', path);
      service.drain();
      await simulator.close();
      await service.engine.stop();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      // Before the end of the write-ahead log, and after it has gone into the database.
      watch.seeFiles(databaseFile);
      await service.store.close();
      watch.seeFiles(databaseFile);
      directory.remove();
      watch.refuseLeaks();
    },
  };
}

/** The same log, searched for secrets. */
function watched(log: Log, { see }: Watch): Log {
  const through =
    (level: keyof Log): Log['info'] =>
    (fields, message) => {
      see('the log', `${message} ${JSON.stringify(fields)}`);
      log[level](fields, message);
    };
  return { info: through('info'), warn: through('warn'), error: through('error') };
}

/** A hook as `hooks install` sets it up: with a secret of the project's own. */
export const ownHookTo = (url: string, gitlabUrl: string, projectId: number) => ({
  ...hookTo(url),
  token: ownSecret(gitlabUrl, projectId),
});

/** The own secret of a project, derived here once more so that the format is pinned. */
export const ownSecret = (gitlabUrl: string, projectId: number, from = webhookSecret): string =>
  createHmac('sha256', from).update(`${gitlabUrl}${projectId}`).digest('hex');

/** A hook as an operator sets it up by hand: with the secret that all of them share. */
export const hookTo = (url: string) => ({
  url: `${url}/webhooks/gitlab`,
  token: webhookSecret,
  pipeline_events: true,
  job_events: true,
  push_events: false,
});
