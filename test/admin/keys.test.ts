import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCli } from '../support/run-command.ts';
import { startService } from '../support/start-service.ts';

const world = await startService({ env: { ADMIN_TOKEN: '' } });
afterAll(world.stop);

const keys = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCli(['keys', ...args], { DATABASE_URL: `file:${world.databaseFile}`, ...env });

const statusFor = async (token: string | null): Promise<number> =>
  (await world.call('GET', '/v1/triggers', { token })).status;

test('keys are made, listed and revoked while the service runs', async () => {
  expect(await statusFor(null)).toBe(200);
  const { stdout, stderr, code } = await keys(['create', '--name', 'ci', '--expires', '30']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^ptk_[0-9A-Za-z]{42}\n$/);
  const secret = stdout.trim();
  // With the first key the service is open to nobody else any more.
  expect([await statusFor(null), await statusFor('ptk_wrong'), await statusFor(secret)]).toEqual([
    401, 401, 200,
  ]);

  const listed = await keys(['list']);
  expect(listed.stdout).toMatch(
    /^ID +NAME +ROLE +PROJECTS +LAST USED +STATE\nkey_\w+ +ci +trigger +any +2\S+ \S+ +expires /,
  );
  const [shown] = JSON.parse((await keys(['list', '--json'])).stdout) as Record<string, unknown>[];
  expect(shown).toMatchObject({ name: 'ci', role: 'trigger', projects: null, revokedAt: null });

  expect((await keys(['revoke', 'ci'])).stdout).toMatch(/^revoked key_\w+ \(ci\)\n$/);
  expect(await statusFor(secret)).toBe(401);

  const directory = path.dirname(world.databaseFile);
  for (const file of readdirSync(directory))
    expect(readFileSync(path.join(directory, file), 'latin1')).not.toContain(secret);
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

test.each<[string, readonly string[], number, RegExp]>([
  ['no name', ['create'], 2, /--name/],
  ['a name that is none', ['create', '--name', 'a b'], 1, /^pipeline-trigger: name: expected /],
  ['an unknown role', ['create', '--name', 'x', '--role', 'root'], 2, /read, trigger, admin/],
  ['no days', ['create', '--name', 'x', '--expires', '0'], 2, /expected a whole number of days/],
  [
    'a key that is not there',
    ['revoke', 'nobody'],
    1,
    /^pipeline-trigger: there is no key nobody in force\n$/,
  ],
])('%s is refused in one line', async (_what, args, code, line) => {
  const ended = await keys(args);
  expect([ended.code, ended.stdout]).toEqual([code, '']);
  expect(ended.stderr).toMatch(line);
  expect(ended.stderr.trim().split('\n')).toHaveLength(1);
});

test('a wrong DATABASE_URL is named', async () => {
  const { code, stderr } = await keys(['list'], { DATABASE_URL: 'mysql://x' });
  expect([code, stderr]).toEqual([2, 'pipeline-trigger: DATABASE_URL: expected file:PATH\n']);
});
