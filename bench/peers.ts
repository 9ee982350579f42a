import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../test/support/free-port.ts';
import { hookSecret } from './start-service.ts';

/** A server in a process of its own. */
export interface Peer {
  readonly url: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/** A server that does nothing (`http`, `express`), or only holds requests until a hook comes. */
export async function startPeer(kind: 'http' | 'express' | 'holder'): Promise<Peer> {
  const child = spawn(process.execPath, ['bench/peer-server.ts', kind], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { url: line.toString().trim(), pid: child.pid ?? 0, stop: () => stop(child) };
}

/** A file elsewhere, where the Debian package is not installed. */
const webhookProgram = process.env['WEBHOOK_PROGRAM'] ?? 'webhook';

/** adnanh/webhook, which stores nothing and runs a command for each hook; undefined where it is not installed. */
export async function startWebhookProgram(): Promise<Peer | undefined> {
  if (spawnSync(webhookProgram, ['-version']).error !== undefined) return undefined;
  const folder = mkdtempSync(path.join(tmpdir(), 'pipeline-trigger-bench-'));
  const file = path.join(folder, 'hooks.json');
  const secret = {
    type: 'value',
    value: hookSecret,
    parameter: { source: 'header', name: 'X-Gitlab-Token' },
  };
  const hook = {
    id: 'gitlab',
    'execute-command': '/bin/true',
    'success-http-response-code': 202,
    'trigger-rule': { match: secret },
  };
  writeFileSync(file, JSON.stringify([hook]));
  const port = await freePort();
  const args = ['-hooks', file, '-ip', '127.0.0.1', '-port', String(port), '-urlprefix', 'webhooks'];
  const child = spawn(webhookProgram, args, { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 100 && !(await isThere(url)); tries += 1) await sleep(50);
  return {
    url,
    pid: child.pid ?? 0,
    async stop() {
      await stop(child);
      rmSync(folder, { recursive: true });
    },
  };
}

const isThere = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  );

async function stop(child: ReturnType<typeof spawn>): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
