import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { pipelineTrigger } from './built.ts';
import type { Watch } from './canary.ts';
import { createWatch, moreSecrets } from './canary.ts';
import { freePort } from './free-port.ts';
import { node, repository } from './run-command.ts';
import { adminToken, webhookSecret } from './start-service.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly ms: number;
}

/** A service in a process of its own. */
export interface ServiceProcess {
  readonly pid: number;
  readonly hasEnded: () => boolean;
  /** Resolves when it listens, rejects when it ends before. */
  readonly listening: Promise<void>;
  /** Resolves when the process has ended, for any reason. */
  readonly ended: Promise<void>;
  /** Sends a signal, and resolves when the process has ended. */
  readonly end: (signal: 'SIGTERM' | 'SIGKILL') => Promise<Ended>;
  /** Asks it for something, where it listens for messages; resolves with its answer. One question at a time. */
  readonly ask: (message: object) => Promise<unknown>;
  /** What it has logged so far. */
  readonly log: () => string;
}

/** A place for a service to live, which outlives its processes. */
export interface ServicePlace {
  readonly url: string;
  readonly databaseFile: string;
  /** What its processes log and leave behind is searched for secrets at the end; what they answer is to be seen too. */
  readonly watch: Watch;
  /** Starts a process on the same port and database as every time, with other variables if need be. */
  readonly start: (otherEnv?: Readonly<Record<string, string>>) => ServiceProcess;
}

interface Options {
  readonly env: Readonly<Record<string, string>>;
  /** What Node runs. */
  readonly entry?: readonly string[];
  /** A program that runs Node, with its arguments. */
  readonly under?: readonly string[];
}

/** Takes what is to be done when the test has finished, or all tests of the file. */
export type WhenDone = (cleanUp: () => Promise<void> | void) => void;

const endingWithParent = ['--import', './test/support/end-with-parent.ts'];

/** What Node runs unless a test says otherwise. */
export const usualEntry = [pipelineTrigger, 'serve'];

/** Nothing runs yet. In the end whatever was started is gone. */
export async function prepareService(
  { env, entry = usualEntry, under = [] }: Options,
  whenDone: WhenDone,
): Promise<ServicePlace> {
  const directory = makeTemporaryDirectory();
  whenDone(directory.remove);
  const databaseFile = path.join(directory.path, 'test.db');
  const watch = createWatch();
  const services: ServiceProcess[] = [];
  // Processes that are started later, in a test, too. The directory is still there.
  whenDone(async () => {
    await Promise.all(services.map((service) => service.end('SIGKILL')));
    for (const service of services) watch.see('the log', service.log());
    watch.seeFiles(databaseFile);
    watch.refuseLeaks();
  });
  const port = await freePort();
  const [program = node, ...args] = [...under, node, ...endingWithParent, ...entry];
  const wholeEnv = {
    PATH: process.env['PATH'],
    WEBHOOK_SECRET: webhookSecret,
    ADMIN_TOKEN: adminToken,
    DATABASE_URL: `file:${databaseFile}`,
    HOST: '127.0.0.1',
    ...moreSecrets,
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    ...env,
  };
  return {
    url: `http://127.0.0.1:${port}`,
    databaseFile,
    watch,
    start: (otherEnv = {}) => {
      const service = startProcess(program, args, { ...wholeEnv, ...otherEnv });
      services.push(service);
      return service;
    },
  };
}

function startProcess(program: string, args: readonly string[], env: NodeJS.ProcessEnv): ServiceProcess {
  const child = spawn(program, args, { cwd: repository, env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const ended = once(child, 'exit').then(() => undefined);
  let log = '';
  const listening = new Promise<void>((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (/"msg":"listening"/.test(log)) resolve();
    });
    void ended.then(() => reject(new Error(`the service does not listen: ${log}`)));
  });
  // One that is killed while it starts has nobody who waits for it.
  listening.catch(() => undefined);
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid ?? 0,
    hasEnded,
    listening,
    ended,
    async end(signal) {
      const since = performance.now();
      if (!hasEnded()) child.kill(signal);
      await ended;
      return { code: child.exitCode, signal: child.signalCode, ms: performance.now() - since };
    },
    async ask(message) {
      const answered = once(child, 'message');
      child.send(message);
      const [answer] = (await answered) as [unknown];
      return answer;
    },
    log: () => log,
  };
}
