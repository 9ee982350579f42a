import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { pipelineTrigger } from '../../support/built.ts';
import { node, run, runCli } from '../../support/run-command.ts';
import { callCli } from '../../support/call-cli.ts';
import { startService } from '../../support/start-service.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

const world = await startService({ env: { ADMIN_TOKEN: '' } });
afterAll(world.stop);

const database = { DATABASE_URL: `file:${world.databaseFile}` };
const keys = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  callCli(['keys', ...args], { ...database, ...env });

/** The one line that a command logs. */
function auditLine(stderr: string): { readonly subject: string } {
  expect(stderr.trim().split('\n')).toHaveLength(1);
  const line = JSON.parse(stderr) as { subject: string };
  expect(line).toMatchObject({ msg: 'audit', level: 30 });
  return line;
}

const statusFor = async (token: string | null): Promise<number> =>
  (await world.call('GET', '/v1/triggers', { token })).status;

test('keys are made, listed and revoked while the service runs', async () => {
  expect(await statusFor(null)).toBe(200);
  const { stdout, stderr, code } = await runCli(
    ['keys', 'create', '--name', 'ci', '--expires', '30'],
    database,
  );
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ptk_[0-9A-Za-z]{42}\n$/);
  const secret = stdout.trim();
  const line = auditLine(stderr);
  expect(line).toMatchObject({ actor: 'operator@cli', action: 'key.create', details: { name: 'ci' } });
  expect(stderr).not.toContain(secret);
  // With the first key the service is open to nobody else any more.
  expect([await statusFor(null), await statusFor('ptk_wrong'), await statusFor(secret)]).toEqual([
    401, 401, 200,
  ]);

  const listed = await runCli(['keys', 'list'], database);
  expect(listed.stdout).toMatch(
    /^ID +NAME +ROLE +PROJECTS +LAST USED +STATE\nkey_\w+ +ci +trigger +any +2\S+ \S+ +expires /,
  );
  const [shown] = JSON.parse((await runCli(['keys', 'list', '--json'], database)).stdout) as Record<
    string,
    unknown
  >[];
  expect(shown).toMatchObject({ name: 'ci', role: 'trigger', projects: null, revokedAt: null });

  const revoked = await runCli(['keys', 'revoke', 'ci'], database);
  expect(revoked.stdout).toMatch(/^revoked key_\w+ \(ci\)\n$/);
  expect(auditLine(revoked.stderr)).toMatchObject({ action: 'key.revoke', subject: line.subject });
  expect((await runCli(['keys', 'list'], database)).stderr).toBe('');
  const query = { subject: line.subject, actor: null, limit: 9, cursor: null };
  expect((await world.service.store.audit.list(query)).items).toMatchObject([
    { action: 'key.revoke', actor: { id: 'operator@cli' } },
    { action: 'key.create', actor: { id: 'operator@cli' } },
  ]);
  expect(await statusFor(secret)).toBe(401);

  const directory = path.dirname(world.databaseFile);
  // By another process: one that closes a file of a database loses the locks that SQLite has on it.
  const found = await run('grep', ['-rac', secret, directory]);
  const counts = found.stdout.trim().split('\n');
  expect(counts).toContain(`${world.databaseFile}:0`);
  expect(counts.filter((count) => !count.endsWith(':0'))).toEqual([]);
});

test('as JSON', async () => {
  const { stdout } = await keys([
    'create',
    '--name',
    'reader',
    '--role',
    'read',
    '--project',
    'a/*',
    'b',
    '--json',
  ]);
  const { id, key } = JSON.parse(stdout) as { id: string; key: string };
  expect(JSON.parse(stdout)).toMatchObject({
    name: 'reader',
    role: 'read',
    projects: ['a/*', 'b'],
    expiresAt: null,
  });
  expect(await statusFor(key)).toBe(200);
  expect(JSON.parse((await keys(['revoke', id, '--json'])).stdout)).toMatchObject({ id, name: 'reader' });
});

const create = (...args: readonly string[]) => ['create', '--name', 'x', ...args];
const wrongName = /'--name <name>' argument '[^\n]*' is invalid. expected up to 63 letters, /;
const wrongDays =
  /'--expires <days>' argument '[^\n]*' is invalid. expected a whole number of days from 1 to 36500/;
const wrongProject =
  /'--project <pattern...>' argument '[^\n]*' is invalid. expected a path as GitLab shows it/;

test.each<[readonly string[], number, RegExp]>([
  [['create'], 2, /'--name <name>' not specified/],
  [['create', '--name'], 2, /'--name <name>' argument missing/],
  [['create', '--name', ''], 2, wrongName],
  [['create', '--name', 'a b'], 2, wrongName],
  [['create', '--name', 'admin'], 2, wrongName],
  [['create', '--name', 'x'.repeat(64)], 2, wrongName],
  [create('--role', 'root'), 2, /Allowed choices are read, approve, trigger, admin/],
  [create('--role', ''), 2, /Allowed choices are read, approve, trigger, admin/],
  [create('--expires', '0'), 2, wrongDays],
  [create('--expires', '-1'), 2, wrongDays],
  [create('--expires', '36501'), 2, wrongDays],
  [create('--expires', 'soon'), 2, wrongDays],
  [create('--expires', '1.5'), 2, wrongDays],
  [create('--expires', '1e2'), 2, wrongDays],
  [create('--expires', ''), 2, wrongDays],
  [create('--project'), 2, /'--project <pattern...>' argument missing/],
  [create('--project', ''), 2, wrongProject],
  [create('--project', 'group/app', '/group'), 2, wrongProject],
  [create('--project', 'https://gitlab.example.com/group/app'), 2, wrongProject],
  [create('--colour', 'red'), 2, /unknown option '--colour'/],
  [create('more'), 2, /too many arguments/],
  [['revoke'], 2, /missing required argument 'key'/],
  [['revoke', 'nobody'], 1, /^pipeline-trigger: there is no key nobody in force\n$/],
  [['revoke', ''], 1, /^pipeline-trigger: there is no key {2}in force\n$/],
  [['destroy'], 2, /unknown command 'destroy'/],
])('%j is refused in one line, with %d', async (args, code, line) => {
  const before = await world.service.keys.list();
  const ended = await keys(args);
  expect([ended.code, ended.stdout]).toEqual([code, '']);
  expect(ended.stderr).toMatch(line);
  expect(ended.stderr.trim().split('\n')).toHaveLength(1);
  expect(await world.service.keys.list()).toEqual(before);
});

test('two keys with the same name are one caller, and their ids distinguish them', async () => {
  const make = async () =>
    JSON.parse((await keys(['create', '--name', 'same', '--json'])).stdout) as { id: string; key: string };
  const [old, next] = [await make(), await make()];
  const { code, stderr } = await keys(['revoke', 'same']);
  expect([code, stderr]).toEqual([1, 'pipeline-trigger: 2 keys are named same; say which by its id\n']);
  expect((await keys(['revoke', old.id])).code).toBe(0);
  expect([await statusFor(old.key), await statusFor(next.key)]).toEqual([401, 200]);
});

test('LOG_LEVEL keeps the line of a command away as it does those of the service', async () => {
  expect((await keys(['create', '--name', 'quiet'], { LOG_LEVEL: 'warn' })).stderr).toBe('');
});

test('a wrong DATABASE_URL is named', async () => {
  const { code, stderr } = await keys(['list'], { DATABASE_URL: 'mysql://x' });
  expect([code, stderr]).toEqual([
    2,
    'pipeline-trigger: DATABASE_URL: expected file:PATH, or postgresql://USER:PASSWORD@HOST:PORT/DATABASE\n',
  ]);
});

test('no command makes a database by accident', async () => {
  const directory = makeTemporaryDirectory();
  onTestFinished(directory.remove);
  const missing = path.join(directory.path, 'none.db');
  const named = { DATABASE_URL: `file:${missing}` };
  for (const args of [['list'], ['revoke', 'ci']]) {
    const { code, stdout, stderr } = await callCli(['keys', ...args], named);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(
      `DATABASE_URL: expected the database of the service; there is none at ${missing}`,
    );
  }
  expect((await callCli(['prune'], named)).code).toBe(2);
  expect(existsSync(missing)).toBe(false);
  const create = [pipelineTrigger, 'keys', 'create', '--name', 'ci'];
  const unnamed = await run(node, create, {}, directory.path);
  expect([unnamed.code, unnamed.stdout]).toEqual([2, '']);
  expect(existsSync(path.join(directory.path, 'data'))).toBe(false);
  // A database that DATABASE_URL names may be made before the first start.
  expect((await callCli(['keys', 'create', '--name', 'ci'], named)).code).toBe(0);
});
