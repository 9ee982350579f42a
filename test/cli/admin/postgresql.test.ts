import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callCli } from '../../support/call-cli.ts';
import { canary, canaryKey } from '../../support/canary.ts';
import { hasPostgresql } from '../../support/find-postgresql.ts';
import { freePort } from '../../support/free-port.ts';
import type { TestDatabase } from '../../support/postgresql.ts';
import { createTestDatabase } from '../../support/postgresql.ts';
import { runCli } from '../../support/run-command.ts';

test('PostgreSQL without an ENCRYPTION_KEY is refused in one line', async () => {
  const env = { DATABASE_URL: `postgresql://user:${canary}@127.0.0.1:1/x` };
  for (const args of [['keys', 'list'], ['serve']])
    expect(await runCli(args, env)).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'pipeline-trigger: ENCRYPTION_KEY: expected base64 of 32 bytes, which PostgreSQL needs: no file beside it can hold one\n',
    });
});

describe.skipIf(!hasPostgresql)('the commands on PostgreSQL', () => {
  let database: TestDatabase;
  let env: Record<string, string>;
  beforeAll(async () => {
    database = await createTestDatabase();
    env = { DATABASE_URL: database.url, ENCRYPTION_KEY: canaryKey, HOST: '127.0.0.1' };
  });
  afterAll(() => database.drop());

  test('keys are made, listed and revoked; nothing registers as a process at work', async () => {
    const made = await callCli(['keys', 'create', '--name', 'ci', '--json'], env);
    expect(made.code).toBe(0);
    const listed = await callCli(['keys', 'list', '--json'], env);
    expect(JSON.parse(listed.stdout)).toMatchObject([{ name: 'ci' }]);
    expect(await database.query('SELECT 1 FROM "Process"')).toEqual([]);
  });

  test('prune says what it would remove', async () => {
    const { code, stdout } = await callCli(['prune', '--dry-run'], env);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'would remove 0 triggers and 0 deliveries older than 30 days\n',
    });
  });

  test('backup ends with 2 and names pg_dump', async () => {
    const { code, stderr } = await runCli(['backup', '/tmp/never.db'], env);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('pg_dump') as string });
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('doctor looks at the database, and says what the next start changes', async () => {
    const empty = await createTestDatabase();
    const found = await callCli(['doctor', '--json'], { ...env, DATABASE_URL: empty.url });
    expect(JSON.parse(found.stdout)).toContainEqual(
      expect.objectContaining({ code: 'migration_due', remedy: 'make a backup first: pg_dump' }),
    );
    await empty.drop();
    const gone = await callCli(['doctor', '--json'], { ...env, DATABASE_URL: empty.url });
    expect(JSON.parse(gone.stdout)).toContainEqual(expect.objectContaining({ code: 'database_unreadable' }));
    for (const { stdout, stderr } of [found, gone]) expect(stdout + stderr).not.toContain(canary);
  });

  test.each([
    [
      'a wrong password',
      (url: URL) => void (url.password = `${canary}-wrong`),
      2,
      /password authentication failed/,
    ],
    [
      'a database that is not there',
      (url: URL) => void (url.pathname = '/none'),
      2,
      /database "none" does not exist/,
    ],
    [
      'a server that is not there',
      async (url: URL) => void (url.port = String(await freePort())),
      1,
      /ECONNREFUSED/,
    ],
  ])('%s is named in one line, without the password', async (_what, change, expected, reason) => {
    const url = new URL(database.url);
    await change(url);
    const { code, stderr } = await runCli(['serve'], { ...env, DATABASE_URL: url.href });
    expect({ code, stderr }).toEqual({ code: expected, stderr: expect.stringMatching(reason) as string });
    expect(stderr).toContain('DATABASE_URL: the database cannot be used');
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).not.toContain(canary);
  });
});
