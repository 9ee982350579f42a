import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Question } from '../test/support/in-process-hooks.ts';

/** A service in a process of its own, as in production. */
export interface ServiceProcess {
  readonly url: string;
  readonly pid: number;
  readonly databaseFile: string;
  /** Has something done in the process itself; only where it was started for that. */
  readonly ask: (question: Question) => Promise<unknown>;
  /** @param last is done before its files go */
  readonly stop: (last?: () => void) => Promise<void>;
}

export const adminToken = 'bench-admin';
export const hookSecret = 'bench-hook';

interface Options {
  /** Questions can be asked of it. */
  readonly inside?: boolean;
  /** What `npm run build` made, instead of the source: reading TypeScript has a weight of its own. */
  readonly built?: boolean;
  /** Whether it counts and measures what it does; as it does in production. */
  readonly metered?: boolean;
  /** More variables of its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the service on a fresh database beside a GitLab. */
export async function startService(
  gitlabUrl: string,
  { inside = false, built = false, metered = true, env = {} }: Options = {},
): Promise<ServiceProcess> {
  const directory = await mkdtemp(path.join(tmpdir(), 'pipeline-trigger-bench-'));
  const databaseFile = path.join(directory, 'bench.db');
  const entry = built ? 'dist/src/bin/pipeline-trigger.js' : 'src/bin/pipeline-trigger.ts';
  const loaded = [
    ...(inside ? ['./test/support/in-process-hooks.ts'] : []),
    ...(metered ? [] : ['./bench/no-metrics.ts']),
  ];
  const args = [...loaded.flatMap((file) => ['--import', file]), entry, 'serve'];
  const child = spawn(process.execPath, args, {
    env: {
      ...process.env,
      GITLAB_URL: gitlabUrl,
      GITLAB_TOKEN: 'glpat-simulator',
      ADMIN_TOKEN: adminToken,
      WEBHOOK_SECRET: hookSecret,
      DATABASE_URL: `file:${databaseFile}`,
      HOST: '127.0.0.1',
      PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  if (child.stderr === null) throw new Error('the service has no log');
  const url = await listeningUrl(child.stderr);
  return {
    url,
    pid: child.pid ?? 0,
    databaseFile,
    ask: (question) => ask(child, question),
    stop: async (last) => {
      child.kill('SIGTERM');
      await once(child, 'exit');
      last?.();
      await rm(directory, { recursive: true });
    },
  };
}

/** One question at a time. */
async function ask(child: ChildProcess, question: Question): Promise<unknown> {
  const answered = once(child, 'message');
  child.send(question);
  const [answer] = (await answered) as [unknown];
  return answer;
}

async function listeningUrl(logs: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: logs })) {
    const { msg, url } = JSON.parse(line) as { msg: string; url?: string };
    if (msg !== 'listening' || url === undefined) continue;
    logs.resume();
    return url;
  }
  throw new Error('the service did not start');
}
