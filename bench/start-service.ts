import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A service in a process of its own, as in production. */
export interface ServiceProcess {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

export const adminToken = 'bench-admin';
export const hookSecret = 'bench-hook';

/** Starts the service on a fresh database beside a GitLab. */
export async function startService(gitlabUrl: string): Promise<ServiceProcess> {
  const directory = await mkdtemp(path.join(tmpdir(), 'pipeline-trigger-bench-'));
  const child = spawn(process.execPath, ['src/cli.ts', 'serve'], {
    env: {
      ...process.env,
      GITLAB_URL: gitlabUrl,
      GITLAB_TOKEN: 'glpat-simulator',
      ADMIN_TOKEN: adminToken,
      WEBHOOK_SECRET: hookSecret,
      DATABASE_URL: `file:${directory}/bench.db`,
      HOST: '127.0.0.1',
      PORT: '0',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const url = await listeningUrl(child.stderr);
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
      await rm(directory, { recursive: true });
    },
  };
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
