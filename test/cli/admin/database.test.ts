import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { node, run } from '../../support/run-command.ts';
import { callCli } from '../../support/call-cli.ts';
import { install } from '../../support/service-process.ts';
import { startService, webhookSecret } from '../../support/start-service.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

const directory = makeTemporaryDirectory();
afterAll(directory.remove);
const inDirectory = (name: string): string => path.join(directory.path, name);

const database = (file: string) => ({ DATABASE_URL: `file:${file}` });

describe('backup', () => {
  test(
    'is whole while hooks come in, and a service started on it ends what was pending',
    { timeout: 300_000 },
    async () => {
      // Without one of its own the service makes a key beside the database.
      const first = await install({ env: { SWEEP_SECONDS: '1', ENCRYPTION_KEY: '' } });
      const asked = { project: 'group/app', ref: 'main', variables: { SECRET: 'canary' } };
      const { id } = await first.trigger(asked);
      const pipelineId = await first.pipelineOf(id);
      let isOver = false;
      onTestFinished(() => void (isOver = true));
      let sent = 0;
      const sendHooks = async (): Promise<void> => {
        while (!isOver) {
          const headers = {
            'x-gitlab-token': webhookSecret,
            'x-gitlab-event': 'Push Hook',
            'webhook-id': randomUUID(),
          };
          const answer = await first.call('POST', '/webhooks/gitlab', {
            body: { padding: 'x'.repeat(500) },
            headers,
          });
          expect(answer.status).toBe(202);
          sent += 1;
        }
      };
      const writers = Array.from({ length: 4 }, sendHooks);
      await eventually(() => expect(sent).toBeGreaterThan(20));
      const copy = inDirectory('copy.db');
      const { code, stdout, stderr } = await callCli(['backup', copy], database(first.databaseFile));
      const during = sent;
      isOver = true;
      await Promise.all(writers);
      expect([code, stdout]).toEqual([
        0,
        expect.stringMatching(/^copied \S+ to \S+copy\.db: \d+ bytes, checked\n$/),
      ]);
      expect(stderr).toContain(`Keep ${first.databaseFile}.key as well`);
      expect(during).toBeGreaterThan(20);
      expect(statSync(copy).mode & 0o777).toBe(0o600);
      expect(readdirSync(directory.path)).toEqual(['copy.db']);

      // The machine is lost: the copy and the key are put in another place, and a service is started there.
      await first.service.end('SIGKILL');
      copyFileSync(`${first.databaseFile}.key`, `${copy}.key`);
      await first.start({ DATABASE_URL: `file:${copy}` }).listening;
      first.simulator.apply(pipelineId, 'cancel');
      expect(await first.finished(id)).toMatchObject({ outcome: 'canceled' });
    },
  );

  test('refuses to replace a file without --force, and leaves no temporary file behind', async () => {
    const world = await startService();
    onTestFinished(world.stop);
    const file = inDirectory('there.db');
    writeFileSync(file, 'something else');
    const refused = await callCli(['backup', file], database(world.databaseFile));
    expect([refused.code, refused.stdout, refused.stderr]).toEqual([
      1,
      '',
      `pipeline-trigger: ${file} is there already: name another file, or replace it with --force\n`,
    ]);
    const { code, stdout } = await callCli(
      ['backup', file, '--force', '--json'],
      database(world.databaseFile),
    );
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      {
        file,
        database: world.databaseFile,
        bytes: statSync(file).size,
        keyFile: `${world.databaseFile}.key`,
      },
    ]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const drafts = readdirSync(directory.path).filter((name) => /\.db\.[0-9a-f-]{36}/.test(name));
    expect(drafts).toEqual([]);
  });

  test('says where there is no database, and where it may not write', async () => {
    const nowhere = inDirectory('nowhere.db');
    const none = await callCli(['backup', inDirectory('x.db')], database(nowhere));
    expect([none.code, none.stderr, existsSync(nowhere)]).toEqual([
      1,
      `pipeline-trigger: there is no database at ${nowhere}\n`,
      false,
    ]);
    const world = await startService();
    onTestFinished(world.stop);
    const to = inDirectory('no/such/folder.db');
    const { code, stderr } = await callCli(['backup', to], database(world.databaseFile));
    expect([code, stderr]).toEqual([1, `pipeline-trigger: ${to} cannot be written: ENOENT\n`]);
  });
});

test('prune removes what is old, or only counts it, and is in the audit log', async () => {
  const world = await startService();
  onTestFinished(world.stop);
  const { id } = await world.trigger({ project: 'group/green', ref: 'main' });
  await world.finished(id);
  const prune = async (...args: readonly string[]) =>
    JSON.parse((await callCli(['prune', '--json', ...args], database(world.databaseFile))).stdout) as unknown;
  expect(await prune('--dry-run')).toEqual({ days: 30, triggers: 0, deliveries: 0, dryRun: true });
  // Everything is made three days older than it is.
  const script = `const db = new (require('better-sqlite3'))(process.argv[1]);
    const earlier = (time) => new Date(Date.parse(time) - 3 * 86_400_000).toISOString().slice(0, 23) + time.slice(23);
    for (const [table, column] of [['Trigger', 'finishedAt'], ['Delivery', 'receivedAt']])
      for (const row of db.prepare('SELECT id, ' + column + ' AS time FROM ' + table).all())
        db.prepare('UPDATE ' + table + ' SET ' + column + ' = ? WHERE id = ?').run(earlier(row.time), row.id);`;
  expect(await run(node, ['-e', script, world.databaseFile])).toMatchObject({ code: 0, stderr: '' });
  const counted = (await prune('--older-than', '2', '--dry-run')) as { deliveries: number };
  expect(counted).toMatchObject({ days: 2, triggers: 1, dryRun: true });
  expect(counted.deliveries).toBeGreaterThan(0);
  expect(await prune('--older-than', '2')).toEqual({ ...counted, dryRun: false });
  expect((await world.call('GET', `/v1/triggers/${id}`)).status).toBe(410);
  expect(await prune('--older-than', '2')).toMatchObject({ triggers: 0, deliveries: 0 });
  const { json } = await world.call('GET', '/v1/audit');
  expect((json as { items: unknown[] }).items).toContainEqual(
    expect.objectContaining({ action: 'database.prune', actor: 'operator@cli', details: { days: 2 } }),
  );
});
