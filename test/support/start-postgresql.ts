import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { canary } from './canary.ts';
import { postgresqlPrograms } from './find-postgresql.ts';
import { freePort } from './free-port.ts';

export interface PostgresqlServer {
  /** Of its database `postgres`, as its superuser. */
  readonly url: string;
  /** Stops it as a restart of the machine does: connections are cut, what was committed stays. */
  readonly stop: () => Promise<void>;
  /** Starts it anew, at the same port with the same data. */
  readonly start: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Part of every URL: nothing may show it. */
const password = `${canary}-postgresql`;

/** `initdb` and the server refuse root. */
const asUser = (program: string, args: readonly string[]): [string, string[]] => {
  const file = path.join(postgresqlPrograms ?? '', program);
  return process.getuid?.() === 0
    ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', file, ...args]]
    : [file, [...args]];
};

const idOf = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));

/** Starts a server of Debian's package, on this machine alone. */
export async function startPostgresql(settings: readonly string[] = []): Promise<PostgresqlServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pipeline-trigger-postgresql-'));
  const passwordFile = path.join(folder, 'password');
  writeFileSync(passwordFile, password);
  if (process.getuid?.() === 0)
    for (const each of [folder, passwordFile]) chownSync(each, idOf('-u'), idOf('-g'));
  const data = path.join(folder, 'data');
  const [initdb, initArgs] = asUser('initdb', [
    ...['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`],
    ...['--no-sync', '--encoding=UTF8', '--locale=C.UTF-8'],
  ]);
  execFileSync(initdb, initArgs, { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder });
  const port = await freePort();
  const url = `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`;
  let server: ReturnType<typeof spawn> | null = null;

  async function start(): Promise<void> {
    const [postgres, args] = asUser('postgres', [
      ...['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', ''],
      // What is tested is the service: the server may lose what a power cut would take.
      ...['fsync=off', 'max_connections=400', ...settings].flatMap((setting) => ['-c', setting]),
    ]);
    server = spawn(postgres, args, { stdio: 'ignore', cwd: folder });
    for (let attempt = 1; ; attempt += 1) {
      const client = new pg.Client({ connectionString: url });
      client.on('error', () => undefined);
      try {
        await client.connect();
        return;
      } catch (error) {
        if (attempt === 300) throw error;
        await sleep(100);
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  }

  async function stop(): Promise<void> {
    const running = server;
    server = null;
    if (running === null || running.exitCode !== null) return;
    const ended = once(running, 'exit');
    // "Immediate shutdown": no client is waited for.
    running.kill('SIGQUIT');
    await ended;
  }

  await start();
  return {
    url,
    start,
    stop,
    remove: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
