import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { TriggerView } from '../../../src/api/trigger-view.ts';
import type { Cluster } from '../../support/cluster.ts';
import { startCluster } from '../../support/cluster.ts';
import { eventually } from '../../support/eventually.ts';
import { postgresqlPrograms } from '../../support/find-postgresql.ts';
import { freePort } from '../../support/free-port.ts';
import { createTestDatabase } from '../../support/postgresql.ts';
import { webhookSecret } from '../../support/start-service.ts';
import { startPostgresql } from '../../support/start-postgresql.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

const pgbouncer = '/usr/sbin/pgbouncer';

const hook = (call: Cluster['call'], pipelineId: number) =>
  call('POST', '/webhooks/gitlab', {
    token: null,
    headers: { 'x-gitlab-token': webhookSecret, 'x-gitlab-event': 'Pipeline Hook' },
    body: { object_kind: 'pipeline', object_attributes: { id: pipelineId, status: 'running' } },
  });

const start = async (call: Cluster['call'], project: string): Promise<string> => {
  const { json, status } = await call('POST', '/v1/triggers', { body: { project, ref: 'main' } });
  expect(status).toBe(202);
  return (json as TriggerView).id;
};

async function ownServer() {
  const server = await startPostgresql();
  onTestFinished(server.remove);
  const database = await createTestDatabase(server.url);
  return { server, database };
}

describe.skipIf(postgresqlPrograms === undefined)('PostgreSQL in trouble', { timeout: 600_000 }, () => {
  test('that restarts under load loses nothing that was acknowledged, and wakes all who wait', async () => {
    const { server, database } = await ownServer();
    // A hook that was refused meanwhile is lost: the sweep finds what it would have reported.
    const env = { SWEEP_SECONDS: '2' };
    const { call, others, finished } = await startCluster({ url: database.url, count: 2, hooksTo: 1, env });
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) ids.push(await start(call, 'group/green'));
    const acknowledged: string[] = [];
    const load = async (from: number): Promise<void> => {
      for (let index = 0; index < 60; index += 1) {
        const target = index % 2 === 0 ? call : (others[0]?.call ?? call);
        const { status, json } = await hook(target, from + index).catch(() => ({ status: 0, json: null }));
        expect([202, 503, 0]).toContain(status);
        if (status === 202) acknowledged.push((json as { delivery: string }).delivery);
        await sleep(50);
      }
    };
    const loading = Promise.all([load(1_000), load(2_000)]);
    await sleep(500);
    await server.stop();
    await server.start();
    await loading;
    expect(acknowledged.length).toBeGreaterThan(20);
    const kept = await database.query('SELECT "id" FROM "Delivery" WHERE "id" = ANY($1)', [acknowledged]);
    expect(kept).toHaveLength(new Set(acknowledged).size);
    for (const id of ids) expect((await finished(id)).outcome).toBe('success');
    const after = await start(call, 'group/green');
    expect((await finished(after)).outcome).toBe('success');
  });

  test('that does not answer a commit: the hook is refused with 503 in time, and taken when it answers again', async () => {
    const { database } = await ownServer();
    const { call } = await startCluster({ url: database.url, count: 1 });
    expect((await hook(call, 1)).status).toBe(202);
    // As a standby that is gone would do it: the commit is not confirmed.
    await database.query(`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`);
    await database.query('SELECT pg_reload_conf()');
    await sleep(1_000);
    const since = performance.now();
    expect((await hook(call, 2)).status).toBe(503);
    expect(performance.now() - since).toBeLessThan(9_500);
    await database.query(`ALTER SYSTEM RESET synchronous_standby_names`);
    await database.query('SELECT pg_reload_conf()');
    await eventually(async () => expect((await hook(call, 2)).status).toBe(202));
  });

  test.skipIf(!isExecutable(pgbouncer))(
    'behind pgbouncer in transaction mode, callers at both processes are answered',
    async () => {
      const { database } = await ownServer();
      const bouncer = await startPgbouncer(database.url);
      const { others, call, pipelineOf, succeed } = await startCluster({
        url: bouncer.url,
        count: 2,
        hooksTo: 1,
        env: { DATABASE_DIRECT_URL: database.url },
      });
      for (let round = 0; round < 5; round += 1) {
        const id = await start(call, 'group/app');
        const waiting = [call, others[0]?.call ?? call].map((each) =>
          each('GET', `/v1/triggers/${id}/wait?wait=50`),
        );
        succeed(await pipelineOf(id));
        for (const { headers } of await Promise.all(waiting))
          expect(headers.get('pipeline-trigger-outcome')).toBe('success');
      }
    },
  );
});

function isExecutable(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A pooler that gives a connection of the server to a client for each transaction anew; it refuses to run as root. */
async function startPgbouncer(direct: string): Promise<{ readonly url: string }> {
  const { hostname, port, pathname, username, password } = new URL(direct);
  const directory = makeTemporaryDirectory();
  onTestFinished(directory.remove);
  const listenPort = await freePort();
  const file = `${directory.path}/pgbouncer.ini`;
  writeFileSync(
    file,
    `[databases]
${pathname.slice(1)} = host=${hostname} port=${port} user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listenPort}
auth_type = any
pool_mode = transaction
default_pool_size = 6
unix_socket_dir =
`,
  );
  chmodSync(directory.path, 0o755);
  const asUser = process.getuid?.() === 0 ? ['--user', 'nobody'] : [];
  const child = spawn(pgbouncer, [...asUser, file], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const url = new URL(direct);
  url.port = String(listenPort);
  return { url: url.href };
}
