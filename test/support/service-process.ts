import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { TriggerView } from '../../src/http/trigger-view.ts';
import type { ScenarioInput } from '../../src/simulator/scenario.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import type { Answer, CallOptions } from './call.ts';
import { send } from './call.ts';
import { eventually } from './eventually.ts';
import type { Question } from './inside.ts';
import { node, repository } from './run-command.ts';
import { apiToken, scenario as usualScenario } from './scenario.ts';
import { adminToken, hookTo, webhookSecret } from './start-service.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

export interface Ended {
  readonly code: number | null;
  readonly ms: number;
}

/** A `pipeline-trigger serve` in a process of its own. */
export interface ServiceProcess {
  readonly pid: number;
  /** Sends a signal, and resolves when the process has ended. */
  readonly end: (signal: 'SIGTERM' | 'SIGKILL') => Promise<Ended>;
  /** Has something done in the process itself; only where it was started for that. */
  readonly ask: (question: Question) => Promise<unknown>;
}

/** A simulated GitLab in this process, and a service over a database file that outlives it. */
export interface Installation {
  readonly url: string;
  readonly simulator: Simulator;
  readonly databaseFile: string;
  readonly service: ServiceProcess;
  /** Starts the service once more, on the same port and database. */
  readonly startAgain: () => Promise<ServiceProcess>;
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
}

/** Takes what is to be done when the test has finished, or all tests of the file. */
export type WhenDone = (cleanUp: () => Promise<void> | void) => void;

/**
 * Installs a GitLab and a service, which are gone in the end.
 * @param whenDone that of the test's own context where tests run side by side
 */
export async function install(
  { scenario = usualScenario, env = {}, hooks = true, inside = false }: Options = {},
  whenDone: WhenDone = onTestFinished,
): Promise<Installation> {
  const directory = makeTemporaryDirectory();
  whenDone(directory.remove);
  const databaseFile = path.join(directory.path, 'test.db');
  const simulator = await startSimulator(scenario);
  whenDone(() => simulator.close());
  let log = '';

  async function start(port: string): Promise<{ service: ServiceProcess; url: string }> {
    const child = spawn(
      node,
      [...(inside ? ['--import', './test/support/inside.ts'] : []), 'src/cli.ts', 'serve'],
      {
        cwd: repository,
        env: {
          PATH: process.env['PATH'],
          GITLAB_URL: simulator.url,
          GITLAB_TOKEN: apiToken,
          WEBHOOK_SECRET: webhookSecret,
          ADMIN_TOKEN: adminToken,
          DATABASE_URL: `file:${databaseFile}`,
          HOST: '127.0.0.1',
          PORT: port,
          SWEEP_SECONDS: '1',
          ...env,
        },
        stdio: inside ? ['ignore', 'ignore', 'pipe', 'ipc'] : ['ignore', 'ignore', 'pipe'],
      },
    );
    whenDone(() => end(child, 'SIGKILL').then(() => undefined));
    const before = log.length;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (log += text));
    return eventually(() => {
      const [, url] = /"url":"(http:[^"]+)"[^\n]*"listening"/.exec(log.slice(before)) ?? [];
      if (url === undefined) throw new Error(`the service does not listen: ${log.slice(before)}`);
      return {
        service: {
          pid: child.pid ?? 0,
          end: (signal) => end(child, signal),
          ask: (question) => ask(child, question),
        },
        url,
      };
    }, 20_000);
  }

  const { service, url } = await start('0');
  if (hooks) for (const { id } of simulator.scenario.projects) simulator.addHook(id, hookTo(url));

  const call: Installation['call'] = (method, path, options) =>
    send(`${url}${path}`, method, { token: adminToken, ...options });
  const show = async (id: string): Promise<TriggerView> =>
    (await call('GET', `/v1/triggers/${id}`)).json as TriggerView;

  return {
    url,
    simulator,
    databaseFile,
    service,
    startAgain: async () => (await start(new URL(url).port)).service,
    call,
    show,
    async trigger(request) {
      const answer = await call('POST', '/v1/triggers', { body: request });
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
    log: () => log,
  };
}

/** One question at a time. */
async function ask(child: ChildProcess, question: Question): Promise<unknown> {
  const answered = once(child, 'message');
  child.send(question);
  const [answer] = (await answered) as [unknown];
  return answer;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<Ended> {
  const since = performance.now();
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
  return { code: child.exitCode, ms: performance.now() - since };
}
